"""Reading OpenPose's JSON in the flavours that are found in the wild: people with keypoints, in order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.keypoints.errors import InputError
from model.keypoints.input_warnings import InputWarning, InputWarnings
from model.keypoints.layout_choice import MOST_KEYPOINTS, LaidOut, RawKeypoints, lay_out
from model.keypoints.layouts import Layout
from model.keypoints.resemblance import likely_twin
from model.keypoints.triplets import Triplets, read_triplets

# Detectors give such confidences to points that they have not seen.
LEAST_CONFIDENCE = 0.05

_KEYS = ("pose_keypoints_2d", "pose_keypoints")  # the second is OpenPose 1.0's
_IGNORED_KEYS = (
    "face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "face_keypoints",
    "hand_left_keypoints", "hand_right_keypoints", "pose_keypoints_3d", "face_keypoints_3d",
    "hand_left_keypoints_3d", "hand_right_keypoints_3d", "faces", "hands",
)  # fmt: skip

ImageSize = tuple[float, float]
"""Width and height, pixels."""


@dataclass(frozen=True)
class DetectedPerson:
    """One person of a file.

    Attributes:
        layout: the order of the keypoints.
        points: (J, 3) x, y in pixels and confidence from 0 to 1; a missing keypoint is 0, 0, 0.
    """

    layout: Layout
    points: Triplets

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Mask (J,) of detected keypoints."""
        seen: NDArray[np.bool_] = self.points[:, 2] > 0
        return seen


@dataclass(frozen=True)
class Detections:
    """Content of a file: its people in order, the image's size if known, and warnings."""

    people: list[DetectedPerson]
    image_size: ImageSize | None
    input_warnings: list[InputWarning]


def read_openpose(
    document: object,
    layout: Layout | None = None,
    image_size: ImageSize | None = None,
    *,
    max_people: int | None = None,
) -> Detections:
    """People of a parsed OpenPose file.

    Args:
        document: what a JSON parser made of the file; ControlNet's list around it is fine.
        layout: the keypoints' order; without it the number of keypoints decides (25 is BODY_25).
        image_size: width and height in pixels; without it `canvas_width` and `canvas_height` of the file.
        max_people: refuse files with more.

    Raises:
        InputError: the document is of another form, or a number in it is unusable.
    """
    document = sole_document(document)
    input_warnings = InputWarnings()
    entries = _people(document, max_people)
    canvas = _canvas(document)
    image_size = image_size or canvas
    arrays = [_body_keypoints(person, f"people[{i}]") for i, person in enumerate(entries)]
    if any(part.get(key) for part in (document, *entries) for key in _IGNORED_KEYS):
        input_warnings.add(
            "Face, hand and 3D keypoints are not used; the body is fitted to its 2D keypoints."
        )
    laid_out = lay_out(arrays, layout, input_warnings)
    people = _in_pixels(
        [_cleaned(raw, i, input_warnings) for i, raw in enumerate(laid_out)], image_size, input_warnings
    )
    for i, person in enumerate(people):
        _warn_of_twin(person, i, input_warnings)
    return Detections(people, image_size, input_warnings.all())


def sole_document(document: object) -> dict[str, object]:
    """Return the object of a file, taken out of ControlNet's list of one; InputError without one."""
    if isinstance(document, list):
        if len(document) != 1:
            raise InputError(f"is a list of {len(document)} documents; send one at a time", "$")
        document = document[0]
    if not isinstance(document, dict):
        raise InputError("must be an OpenPose file: an object with a list `people`", "$")
    return document


def _people(document: dict[str, object], most: int | None) -> list[dict[str, object]]:
    people = document.get("people")
    if not isinstance(people, list):
        raise InputError("must be a list of people, as OpenPose writes it", "people")
    if most is not None and len(people) > most:
        raise InputError(f"holds {len(people)} people; at most {most} are taken at a time", "people")
    for i, person in enumerate(people):
        if not isinstance(person, dict):
            raise InputError("must be an object with `pose_keypoints_2d`", f"people[{i}]")
    return people


def _canvas(document: dict[str, object]) -> ImageSize | None:
    """ControlNet's image size."""
    width, height = (_side(document, key) for key in ("canvas_width", "canvas_height"))
    return None if width is None or height is None else (width, height)


def _side(document: dict[str, object], key: str) -> float | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 1e6:
        raise InputError("must be the image's size in pixels, 1 to 1,000,000", key)
    return float(value)


def _body_keypoints(person: dict[str, object], path: str) -> RawKeypoints | None:
    """Keypoints as written, None if the person has none."""
    found = []
    for key in _KEYS:
        value, where = person.get(key), f"{path}.{key}"
        if value is not None and value != []:
            found.append(RawKeypoints(read_triplets(value, where, most=MOST_KEYPOINTS), where))
    return found[0] if found else None


def _cleaned(person: LaidOut, index: int, input_warnings: InputWarnings) -> DetectedPerson:
    """Confidences within 0 to 1, and 0, 0, 0 for all that count as missing."""
    points = person.points.copy()
    confidence = points[:, 2]
    if confidence.min() < 0 or confidence.max() > 1:
        input_warnings.add("Confidences outside 0 to 1 were clipped.", [index])
        confidence.clip(0, 1, out=confidence)
    points[confidence < LEAST_CONFIDENCE] = 0
    # Detectors write so what they lost, now and then with a high confidence. Where others lie below zero,
    # zero is a place as any other.
    at_zero = (points[:, :2] == 0) & (points[:, 2:] > 0)
    if at_zero.any() and (lost := (at_zero & (points[:, :2].min(0) >= 0)).any(1)).any():
        input_warnings.add(
            "Keypoints at exactly x = 0 or y = 0 are no detections and were left out.", [index]
        )
        points[lost] = 0
    return DetectedPerson(person.layout, points)


def _in_pixels(
    people: list[DetectedPerson], size: ImageSize | None, input_warnings: InputWarnings
) -> list[DetectedPerson]:
    """Coordinates that are shares of the image, 0 to 1, become pixels."""
    if any(person.points[:, :2].max() > 1 for person in people):
        return people
    seen = np.concatenate([np.zeros((0, 2)), *(person.points[person.observed, :2] for person in people)])
    if len(seen) < 2 or seen.min() < -1:
        return people
    if seen.min() < 0:
        input_warnings.add(
            "All coordinates are within -1 to 1, as if they were relative to the image: they were taken as "
            "they are. Send pixels, or shares of the image from 0 to 1 with `image`."
        )
        return people
    if size is None:
        input_warnings.add(
            "All coordinates are within 0 to 1, as if they were shares of the image: send `image` "
            "{width, height} to have them scaled. They were taken as they are, for a square image."
        )
        return people
    input_warnings.add(
        f"Coordinates within 0 to 1 were scaled to the image of {size[0]:g} x {size[1]:g} pixels."
    )
    return [DetectedPerson(person.layout, person.points * [*size, 1.0]) for person in people]


def _warn_of_twin(person: DetectedPerson, index: int, input_warnings: InputWarnings) -> None:
    twin = likely_twin(person.points, person.layout)
    if twin is not None:
        input_warnings.add(
            f"Read as {person.layout}, but the keypoints look like {twin}, which has the same length; "
            "if they are, say so by `layout`.",
            [index],
        )
