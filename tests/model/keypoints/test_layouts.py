"""The layouts' orders, and the way from each to the canonical keypoints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.body.joints import mirrored
from model.keypoints.layouts import LAYOUT_NAMES, Layout, to_canonical
from model.keypoints.names import CANONICAL_NAMES, KEYPOINT_NAMES

LENGTHS = {
    Layout.BODY_25: 25, Layout.COCO_18: 18, Layout.BODY_25B: 25, Layout.HALPE_26: 26, Layout.COCO_17: 17,
}  # fmt: skip

# A few places of each, as the detectors' own documents number them.
NUMBERS = {
    Layout.BODY_25: {0: "nose", 1: "neck", 4: "right_wrist", 8: "mid_hip", 11: "right_ankle",
                     14: "left_ankle", 15: "right_eye", 18: "left_ear", 19: "left_big_toe", 21: "left_heel",
                     24: "right_heel"},
    Layout.COCO_18: {0: "nose", 1: "neck", 7: "left_wrist", 8: "right_hip", 11: "left_hip", 13: "left_ankle",
                     14: "right_eye", 15: "left_eye", 16: "right_ear", 17: "left_ear"},
    Layout.BODY_25B: {0: "nose", 1: "left_eye", 4: "right_ear", 5: "left_shoulder", 10: "right_wrist",
                      11: "left_hip", 16: "right_ankle", 17: "upper_neck", 18: "head_top", 19: "left_big_toe",
                      20: "left_small_toe", 21: "left_heel", 22: "right_big_toe", 24: "right_heel"},
    Layout.HALPE_26: {0: "nose", 2: "right_eye", 9: "left_wrist", 16: "right_ankle", 17: "head_top",
                      18: "neck", 19: "mid_hip", 20: "left_big_toe", 21: "right_big_toe",
                      22: "left_small_toe", 23: "right_small_toe", 24: "left_heel", 25: "right_heel"},
    Layout.COCO_17: {0: "nose", 1: "left_eye", 3: "left_ear", 5: "left_shoulder", 12: "right_hip",
                     15: "left_ankle", 16: "right_ankle"},
}  # fmt: skip


@pytest.mark.parametrize("layout", Layout)
def test_each_layout_names_its_points_once(layout: Layout) -> None:
    names = LAYOUT_NAMES[layout]
    assert len(names) == len(set(names)) == LENGTHS[layout]
    assert set(names) <= set(KEYPOINT_NAMES)
    assert {mirrored(name) for name in names} == set(names)
    for number, name in NUMBERS[layout].items():
        assert names[number] == name


def points(layout: Layout, seed: int = 0, people: int = 2) -> np.ndarray:
    """Keypoints (P, J, 3), all seen."""
    return np.random.default_rng(seed).uniform(0.1, 1, (people, LENGTHS[layout], 3)) * [640, 480, 1]


@pytest.mark.parametrize("layout", Layout)
def test_points_go_where_their_name_is(layout: Layout) -> None:
    raw, names = points(layout), LAYOUT_NAMES[layout]
    canonical = to_canonical(raw, layout)
    assert canonical.shape == (2, len(CANONICAL_NAMES), 3)
    for place, name in enumerate(CANONICAL_NAMES):
        if name in names:
            assert (canonical[:, place] == raw[:, names.index(name)]).all()
        elif name not in ("neck", "mid_hip"):
            assert (canonical[:, place] == 0).all(), name


@pytest.mark.parametrize("layout", [Layout.COCO_17, Layout.COCO_18, Layout.BODY_25B])
def test_missing_middles_are_made_of_both_ends(layout: Layout) -> None:
    raw, names = points(layout), LAYOUT_NAMES[layout]
    canonical = to_canonical(raw, layout)
    for middle, end in (("neck", "shoulder"), ("mid_hip", "hip")):
        if middle in names:
            continue
        left, right = (raw[:, names.index(f"{side}_{end}")] for side in ("left", "right"))
        found = canonical[:, CANONICAL_NAMES.index(middle)]
        np.testing.assert_allclose(found[:, :2], (left + right)[:, :2] / 2)
        assert (found[:, 2] == np.minimum(left[:, 2], right[:, 2])).all()


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_middle_needs_both_its_ends(side: str) -> None:
    raw = points(Layout.COCO_17)
    raw[:, LAYOUT_NAMES[Layout.COCO_17].index(f"{side}_hip")] = 0
    canonical = to_canonical(raw, Layout.COCO_17)
    assert (canonical[:, CANONICAL_NAMES.index("mid_hip")] == 0).all()
    assert (canonical[:, CANONICAL_NAMES.index("neck"), 2] > 0).all()


@given(st.sampled_from(Layout), st.integers(0, 1000), st.integers(0, 3))
def test_each_person_stands_alone(layout: Layout, seed: int, people: int) -> None:
    raw = points(layout, seed, people)
    before = raw.copy()
    together = to_canonical(raw, layout)
    assert together.shape == (people, 25, 3)
    assert all((to_canonical(one, layout) == row).all() for one, row in zip(raw, together, strict=True))
    together[:] = -1
    assert (raw == before).all()


def test_body_25_is_the_canonical_order() -> None:
    raw = points(Layout.BODY_25)
    assert (to_canonical(raw, Layout.BODY_25) == raw).all()
