"""False detections and exchanged sides, from a file to its answer, with the shipped weights."""

import json
from typing import Any

import numpy as np
import pytest

from model.body.joints import mirrored
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.weights import ServedModel, load_served
from service.engine.engine import observe_fit
from service.engine.run import run_job
from service.exchange import fit_document, job_of
from service.observability.metrics import Metrics
from service.request.parse import read_request
from service.response.answer import Answer
from tests.service.people import CAMERA, document, keypoints, person

# Pixels; the person is 300 tall.
FAR = np.array([160.0, -40.0])


@pytest.fixture(scope="module")
def shipped() -> ServedModel:
    return load_served()


def fit(shipped: ServedModel, people: list[dict[str, Any]], **extras: Any) -> Answer:
    return fit_document(json.dumps(document(*people, **extras)).encode(), shipped)


def with_false(layout: Layout, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a person with a false keypoint, and the same person without it."""
    false, without = keypoints(layout), keypoints(layout)
    place = LAYOUT_NAMES[layout].index(name)
    false[place, :2] += FAR
    without[place] = 0.0
    return person(false), person(without)


@pytest.mark.parametrize("name", ["nose", "right_wrist", "left_ankle"])
@pytest.mark.parametrize("layout", [Layout.BODY_25, Layout.COCO_18, Layout.HALPE_26])
@pytest.mark.parametrize("camera", [{"camera": CAMERA}, {}], ids=["camera", "no camera"])
def test_a_false_keypoint_is_fitted_as_a_missing_one(
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
    (warning,) = [w for w in answer.warnings if w.startswith("Ignored")]
    assert f"false detections: {name}. " in warning
    assert warning.endswith("(people 1)")
    assert not [w for w in answer.warnings if w.startswith("The body")]


@pytest.mark.parametrize("limb", ["arms", "legs"])
@pytest.mark.parametrize("layout", [Layout.BODY_25, Layout.BODY_25B, Layout.COCO_17])
def test_exchanged_sides_are_swapped_back(shipped: ServedModel, layout: Layout, limb: str) -> None:
    true = keypoints(layout)
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
    assert not [w for w in answer.warnings if w.startswith(("The body", "Ignored"))]


def test_a_missing_side_is_swapped_with_the_other(shipped: ServedModel) -> None:
    """`observed` names sides as the body has them."""
    points = keypoints()
    arms = [LAYOUT_NAMES[Layout.BODY_25].index(f"{side}_wrist") for side in ("left", "right")]
    elbows = [LAYOUT_NAMES[Layout.BODY_25].index(f"{side}_elbow") for side in ("left", "right")]
    points[elbows], points[arms] = points[elbows[::-1]], points[arms[::-1]]
    points[arms[0]] = 0.0  # in truth the right one
    answer = fit(shipped, [person(points)], camera=CAMERA)
    assert [w for w in answer.warnings if "Left and right arms" in w]
    assert answer.people[0].observed[arms].tolist() == [True, False]


def test_a_false_shoulder_removes_the_neck_computed_from_it(shipped: ServedModel) -> None:
    """The warning names only keypoints that were sent."""
    false, without = with_false(Layout.COCO_17, "right_shoulder")
    sent = {"layout": "COCO_17", "camera": CAMERA}
    one, other = (fit(shipped, [p], **sent).people[0] for p in (false, without))
    assert one.fit is not None
    assert other.fit is not None
    np.testing.assert_allclose(one.fit.joints3d, other.fit.joints3d, atol=1e-4, rtol=1e-4)
    (warning,) = [w for w in fit(shipped, [false], **sent).warnings if w.startswith("Ignored")]
    assert "detections: right_shoulder. " in warning


def test_a_false_keypoint_does_not_hide_behind_one_at_the_other_end_of_the_picture(
    shipped: ServedModel,
) -> None:
    points, names = keypoints(), LAYOUT_NAMES[Layout.BODY_25]
    points[names.index("right_wrist"), :2] += FAR
    points[names.index("right_ear"), :2] += [3000.0, 0.0]
    answer = fit(shipped, [person(points)], camera=CAMERA)
    (warning,) = [w for w in answer.warnings if w.startswith("Ignored")]
    assert "right_wrist" in warning
    assert "right_ear" in warning


def test_residuals_are_measured_at_the_used_keypoints(shipped: ServedModel) -> None:
    false, _ = with_false(Layout.BODY_25, "right_wrist")
    request = read_request(json.dumps(document(false, person(), camera=CAMERA)).encode())
    outcome = run_job(shipped.fitter, job_of(request, mesh=False))
    assert outcome.left_out.sum(1).tolist() == [1, 0]
    np.testing.assert_allclose(outcome.residual_ratio[0], outcome.residual_ratio[1], rtol=0.3)
    assert (outcome.farthest_ratio < 0.1).all()


def test_metrics_count_faults(shipped: ServedModel) -> None:
    points, names = keypoints(), LAYOUT_NAMES[Layout.BODY_25]
    for part in ("elbow", "wrist"):
        both = [names.index(f"{side}_{part}") for side in ("left", "right")]
        points[both] = points[both[::-1]]
    false, _ = with_false(Layout.BODY_25, "nose")
    request = read_request(json.dumps(document(person(points), false, person(), camera=CAMERA)).encode())
    metrics = Metrics()
    observe_fit(metrics, run_job(shipped.fitter, job_of(request, mesh=False)))
    for name in ("hmr_false_detections_total", "hmr_exchanged_sides_total"):
        assert metrics.registry.get_sample_value(name) == 1


def test_true_keypoints_stay(shipped: ServedModel) -> None:
    people = [person(keypoints(jitter=3, seed=seed)) for seed in range(8)]
    answer = fit(shipped, people, camera=CAMERA)
    assert all(p.observed.all() for p in answer.people)
    assert not [w for w in answer.warnings if w.startswith(("Left", "Ignored", "The body"))]


def test_a_wrong_layout_is_named_in_the_warning(shipped: ServedModel) -> None:
    """Single keypoints are not called false."""
    answer = fit(shipped, [person(keypoints(Layout.BODY_25B))], layout="BODY_25", camera=CAMERA)
    assert [w for w in answer.warnings if "check `layout`" in w]
    assert not [w for w in answer.warnings if w.startswith("Left")]
