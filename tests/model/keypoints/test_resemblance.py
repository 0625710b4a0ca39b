"""Distinguishing BODY_25 from BODY_25B, against a reading bone by bone."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.keypoints import resemblance
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.resemblance import likely_twin
from model.keypoints.triplets import Triplets

TWINS = (Layout.BODY_25, Layout.BODY_25B)


def mean_bone(points: Triplets, layout: Layout) -> float:
    place = {name: points[i] for i, name in enumerate(LAYOUT_NAMES[layout])}
    lengths = [
        math.dist(place[a][:2], place[b][:2])
        for a, b in resemblance._BONES
        if place[a][2] > 0 and place[b][2] > 0
    ]
    return sum(lengths) / len(lengths) if len(lengths) >= resemblance._FEWEST_BONES else math.nan


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 0.7]), st.sampled_from(TWINS))
def test_it_is_as_bone_by_bone(seed: int, missing: float, layout: Layout) -> None:
    chance = np.random.default_rng(seed)
    points = chance.uniform(1, 100, (25, 3))
    points[chance.random(25) < missing] = 0
    twin = TWINS[1 - TWINS.index(layout)]
    as_said, as_twin = mean_bone(points, layout), mean_bone(points, twin)
    np.testing.assert_allclose(resemblance._mean_bones(points, (layout, twin)), [as_said, as_twin])
    assert likely_twin(points, layout) == (twin if as_twin < 0.9 * as_said else None)
