"""Plausibility checks for camera and image size; most hits are unit mistakes.

No check depends on the size of a pixel: scaling image, camera and keypoints alike gives the same warnings.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.keypoints.input_warnings import InputWarning, InputWarnings
from model.keypoints.openpose import DetectedPerson, ImageSize
from service.schemas.camera import ResolvedCamera

# Wider lenses distort, which a pinhole camera can't.
_WIDEST_DEG = 120.0
_WIDEST_TAN = math.tan(math.radians(_WIDEST_DEG / 2)) * (1 + 1e-9)

# Anamorphic lenses reach this ratio; other cameras have square pixels or nearly so.
_LARGEST_RATIO = 2.0

_UNITS = "fx, fy, cx and cy are in pixels, not in millimetres or shares of the image."

_WIDE = (
    "The camera's field of view over the image is {:.0f} degrees, more than any lens without distortion has: "
) + _UNITS
_OBLIQUE = (
    "Most keypoints are more than {:.0f} degrees off the camera's axis, which is rare in real pictures: "
) + _UNITS
_UNLIKE = (
    "The camera's fx and fy differ by more than a factor of two, but pixels of cameras are square or nearly "
    "so."
)
_OFF_CENTRE = (
    "The camera's principal point (cx, cy) is outside the image: right for a crop, otherwise a mistake of "
    "units or of the image's size."
)
_OUTSIDE = (
    "Most keypoints are outside the image: `image` (or the canvas) is not the size of the picture in which "
    "they were detected, or its width and height are exchanged."
)


def plausibility_warnings(
    camera: ResolvedCamera, image: ImageSize | None, people: Sequence[DetectedPerson]
) -> list[InputWarning]:
    """Return warnings about an implausible camera or image size.

    Args:
        camera: shared by all people, if known.
        image: width and height, pixels.
        people: with keypoints in pixels.
    """
    warnings = InputWarnings()
    _check_camera(camera, image, warnings)
    known = not math.isnan(camera.numbers[0])
    for index, person in enumerate(people):
        seen = person.points[person.observed, :2]
        if image is not None:
            if _mostly((seen < 0) | (seen > image)):
                warnings.add(_OUTSIDE, [index])
        # With an image, its field of view was checked already.
        elif known and _mostly(_tangents(camera, seen) > _WIDEST_TAN):
            warnings.add(_OBLIQUE.format(_WIDEST_DEG / 2), [index])
    return warnings.all()


def _check_camera(camera: ResolvedCamera, image: ImageSize | None, warnings: InputWarnings) -> None:
    # Comparisons with the NaN of an unknown camera are false.
    fx, fy, cx, cy = camera.numbers
    if max(fx, fy) > _LARGEST_RATIO * min(fx, fy):
        warnings.add(_UNLIKE)
    if image is None:
        return
    width, height = image
    tangent = max(width / 2 / fx, height / 2 / fy)
    if tangent > _WIDEST_TAN:
        warnings.add(_WIDE.format(2 * math.degrees(math.atan(tangent))))
    if cx < 0 or cx > width or cy < 0 or cy > height:
        warnings.add(_OFF_CENTRE)


def _tangents(camera: ResolvedCamera, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the tangents (N, 2) of the angles between points (N, 2) and the axis, along x and y."""
    fx, fy, cx, cy = camera.numbers
    tangents: NDArray[np.float64] = np.abs(points - [cx, cy]) / [fx, fy]
    return tangents


def _mostly(mask: NDArray[np.bool_]) -> bool:
    """Return whether a mask (N, 2) holds along x or y for most points; detectors err about a few."""
    return bool(mask.any() and 2 * np.count_nonzero(mask.any(1)) > len(mask))
