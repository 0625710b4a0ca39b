"""Warnings of bodies that are not where their keypoints are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.openpose import DetectedPerson
from model.weights import load_served
from service.exchange import fit_document
from service.response.fit_quality import poor_fit_warnings
from tests.paths import EXAMPLES
from tests.service.people import keypoints

SIZE = 1000.0
NAMES = LAYOUT_NAMES[Layout.BODY_25]


def somebody() -> DetectedPerson:
    points = keypoints()
    points[:, :2] *= SIZE / np.ptp(points[:, :2], axis=0).max()
    return DetectedPerson(Layout.BODY_25, points)


def warned(person: DetectedPerson, reprojected: NDArray[np.float32] | None, ratio: float) -> list[str]:
    """Of that person, behind somebody who was not fitted."""
    ratios = np.array([9.0, ratio], np.float32)
    seen, sent = person.observed, person.points[:, :2]
    farthest = np.array([9.0, 0.0], np.float32)
    if reprojected is not None:
        farthest[1] = np.hypot(*(reprojected - sent)[seen].T).max() / np.ptp(sent[seen], axis=0).max()
    return [str(r) for r in poor_fit_warnings([person, person], [None, reprojected], ratios, farthest)]


def off(person: DetectedPerson, share: float, names: tuple[str, ...]) -> NDArray[np.float32]:
    """The person's keypoints, some of them moved by a share of the box."""
    points = person.points[:, :2].copy()
    for name in names:
        points[NAMES.index(name)] += [0.0, share * SIZE]
    return points.astype(np.float32)


def test_a_good_fit_and_nobody_are_not_mentioned() -> None:
    person = somebody()
    assert warned(person, off(person, 0.19, NAMES), 0.049) == []
    assert warned(person, None, 1.0) == []


def test_a_false_keypoint_is_named() -> None:
    person = somebody()
    for ratio in (0.01, 0.08):
        (warning,) = warned(person, off(person, 0.21, ("nose",)), ratio)
        assert "far from nose:" in warning
        assert warning.endswith("(people 1)")
    (warning,) = warned(person, off(person, 0.3, ("nose", "left_ear")), 0.01)
    assert "far from nose and left_ear:" in warning


def test_who_is_off_all_over_is_told_once() -> None:
    person = somebody()
    (warning,) = warned(person, off(person, 0.4, NAMES), 0.4)
    assert "check `layout`" in warning


def test_a_missing_keypoint_is_not_far() -> None:
    person = somebody()
    person.points[NAMES.index("nose")] = 0
    assert warned(person, off(person, 0.9, ("nose",)), 0.01) == []


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_scale_plays_no_part(scale: float) -> None:
    person = somebody()
    scaled = DetectedPerson(person.layout, person.points * [scale, scale, 1.0])
    assert len(warned(scaled, scale * off(person, 0.21, ("nose",)), 0.0)) == 1
    assert warned(scaled, scale * off(person, 0.19, ("nose",)), 0.0) == []


def test_the_examples_are_fitted_well_but_for_what_is_made_false() -> None:
    served = load_served()
    data = (EXAMPLES / "one_person.json").read_bytes()
    assert not [w for w in fit_document(data, served).warnings if w.startswith("The body")]
    wrong = data.replace(b'"people"', b'"layout": "BODY_25B", "people"')
    assert [w for w in fit_document(wrong, served).warnings if "check `layout`" in w]
