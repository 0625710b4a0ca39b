"""False detections and exchanged sides, from a file to its answer, with the shipped weights."""

import json
from typing import Any

import numpy as np
import pytest

from model.body.joints import mirrored
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


@pytest.mark.parametrize("limb", ["arms", "legs"])
@pytest.mark.parametrize("layout", [Layout.BODY_25, Layout.BODY_25B, Layout.COCO_17])
def test_exchanged_sides_are_put_right(shipped: ServedModel, layout: Layout, limb: str) -> None:
    true, faulty = keypoints(layout), keypoints(layout)
    names, lower = LAYOUT_NAMES[layout], ("hip", "knee", "ankle", "heel", "toe")
    ends = {"arms": ("elbow", "wrist"), "legs": lower}[limb]
    # The standing person's legs look alike from both sides; of these one is lifted.
    for keypoint in ("left_knee", "left_ankle", "left_heel", "left_big_toe", "left_small_toe"):
        if keypoint in names:
            true[names.index(keypoint), :2] += [60.0, -60.0]
    faulty = true.copy()
    for place, name in enumerate(names):
        if name.startswith(("left", "right")) and name.endswith(ends):
            faulty[place] = true[names.index(mirrored(name))]
    sent = {"layout": layout.value, "camera": CAMERA}
    answer = fit(shipped, [person(faulty), person(true)], **sent)
    first, second = (one.fit for one in answer.people)
    assert first is not None
    assert second is not None
    np.testing.assert_allclose(first.joints3d, second.joints3d, atol=1e-4)
    (warning,) = [w for w in answer.warnings if w.startswith("Left and right")]
    assert f"Left and right {limb} " in warning
    assert warning.endswith("(people 0)")
    assert not [w for w in answer.warnings if w.startswith(("The body", "Left out"))]


def test_a_side_that_was_not_seen_changes_with_the_other(shipped: ServedModel) -> None:
    """`observed` names sides as the body has them."""
    points = keypoints()
    arms = [LAYOUT_NAMES[Layout.BODY_25].index(f"{side}_wrist") for side in ("left", "right")]
    elbows = [LAYOUT_NAMES[Layout.BODY_25].index(f"{side}_elbow") for side in ("left", "right")]
    points[elbows], points[arms] = points[elbows[::-1]], points[arms[::-1]]
    points[arms[0]] = 0.0  # in truth the right one
    answer = fit(shipped, [person(points)], camera=CAMERA)
    assert [w for w in answer.warnings if "Left and right arms" in w]
    assert answer.people[0].observed[arms].tolist() == [True, False]


def test_true_keypoints_stay(shipped: ServedModel) -> None:
    people = [person(keypoints(jitter=3, seed=seed)) for seed in range(8)]
    answer = fit(shipped, people, camera=CAMERA)
    assert all(p.observed.all() for p in answer.people)
    assert not [w for w in answer.warnings if w.startswith(("Left", "The body"))]


def test_a_wrong_layout_is_told_as_such(shipped: ServedModel) -> None:
    """Rather than as keypoints that are false one by one."""
    answer = fit(shipped, [person(keypoints(Layout.BODY_25B))], layout="BODY_25", camera=CAMERA)
    assert [w for w in answer.warnings if "check `layout`" in w]
    assert not [w for w in answer.warnings if w.startswith("Left")]
