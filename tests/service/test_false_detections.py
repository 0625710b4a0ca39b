"""False detections, from a file to its answer, with the shipped weights."""

import json
from typing import Any

import numpy as np
import pytest

from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.weights import ServedModel, load_served
from service.answer import Answer
from service.document import fit_document
from tests.service.people import CAMERA, document, keypoints, person

# Pixels; the person is 300 tall.
FAR = np.array([160.0, -40.0])


@pytest.fixture(scope="module")
def shipped() -> ServedModel:
    return load_served()


def fit(shipped: ServedModel, people: list[dict[str, Any]], **extras: Any) -> Answer:
    return fit_document(json.dumps(document(*people, **extras)).encode(), shipped)


def with_false(layout: Layout, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Somebody with a keypoint that is false, and without it."""
    false, without = keypoints(layout), keypoints(layout)
    place = LAYOUT_NAMES[layout].index(name)
    false[place, :2] += FAR
    without[place] = 0.0
    return person(false), person(without)


@pytest.mark.parametrize("name", ["nose", "right_wrist", "left_ankle"])
@pytest.mark.parametrize("layout", [Layout.BODY_25, Layout.COCO_18, Layout.HALPE_26])
@pytest.mark.parametrize("camera", [{"camera": CAMERA}, {}], ids=["camera", "no camera"])
def test_a_false_keypoint_is_as_if_it_had_not_been_sent(
    shipped: ServedModel, layout: Layout, name: str, camera: dict[str, Any]
) -> None:
    false, without = with_false(layout, name)
    answer = fit(shipped, [person(keypoints(layout)), false], **camera)
    expected = fit(shipped, [person(keypoints(layout)), without], **camera)
    for one, other in zip(answer.people, expected.people, strict=True):
        assert one.fit is not None
        assert other.fit is not None
        np.testing.assert_allclose(one.fit.joints3d, other.fit.joints3d, atol=1e-4, rtol=1e-4)
        assert one.fit.residual_px == pytest.approx(other.fit.residual_px, rel=1e-3)
        assert one.observed.tolist() == other.observed.tolist()
    (warning,) = [w for w in answer.warnings if w.startswith("Left out")]
    assert f"false: {name}. " in warning
    assert warning.endswith("(people 1)")
    assert not [w for w in answer.warnings if w.startswith("The body")]


def test_true_keypoints_stay(shipped: ServedModel) -> None:
    people = [person(keypoints(jitter=3, seed=seed)) for seed in range(8)]
    answer = fit(shipped, people, camera=CAMERA)
    assert all(p.observed.all() for p in answer.people)
    assert not [w for w in answer.warnings if w.startswith(("Left out", "The body"))]


def test_a_wrong_layout_is_told_as_such(shipped: ServedModel) -> None:
    """Rather than as keypoints that are false one by one."""
    answer = fit(shipped, [person(keypoints(Layout.BODY_25B))], layout="BODY_25", camera=CAMERA)
    assert [w for w in answer.warnings if "check `layout`" in w]
    assert not [w for w in answer.warnings if w.startswith("Left out")]
