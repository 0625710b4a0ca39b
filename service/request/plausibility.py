"""Cameras and images that can be fitted with but are hardly meant: mistakes of units, mostly.

No sentence depends on the unit of pixels: a request whose image, camera and keypoints are all scaled alike
gives the same ones.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.keypoints.input_warnings import Remark, Remarks
from model.keypoints.openpose import DetectedPerson, ImageSize
from service.request.camera import ResolvedCamera

# Lenses that see more do so by distortion, which a pinhole camera has none of.
_WIDEST_DEG = 120.0
_WIDEST_TAN = math.tan(math.radians(_WIDEST_DEG / 2)) * (1 + 1e-9)

# Anamorphic lenses reach this, and hardly anything else does.
_LARGEST_RATIO = 2.0

_UNITS = "fx, fy, cx and cy are in pixels, not in millimetres or shares of the image."

_WIDE = (
    "The camera's field of view over the image is {:.0f} degrees, more than lenses without distortion have: "
) + _UNITS
_OBLIQUE = (
    "Most keypoints are more than {:.0f} degrees off the camera's axis, as in hardly any picture: " + _UNITS
)
_UNLIKE = (
    "One of the camera's fx and fy is more than twice the other, but the pixels of cameras are square or "
    "nearly so."
)
_OFF_CENTRE = (
    "The camera's principal point (cx, cy) is outside the image: right for a crop, else a mistake of units "
    "or of the image's size."
)
_OUTSIDE = (
    "Most keypoints are outside the image: `image` (or the canvas) is not the picture in which they were "
    "found, or its width and height are exchanged."
)


def doubts(camera: ResolvedCamera, image: ImageSize | None, people: Sequence[DetectedPerson]) -> list[Remark]:
    """What about a request's camera and image is hardly meant.

    Args:
        camera: that all people share, if any.
        image: width and height, pixels.
        people: with their keypoints in pixels.
    """
    remarks = Remarks()
    _doubt_camera(camera, image, remarks)
    known = not math.isnan(camera.numbers[0])
    for index, person in enumerate(people):
        seen = person.points[person.observed, :2]
        if image is not None:
            if _mostly((seen < 0) | (seen > image)):
                remarks.add(_OUTSIDE, [index])
        # Where there is an image, its field of view tells.
        elif known and _mostly(_tangents(camera, seen) > _WIDEST_TAN):
            remarks.add(_OBLIQUE.format(_WIDEST_DEG / 2), [index])
    return remarks.all()


def _doubt_camera(camera: ResolvedCamera, image: ImageSize | None, remarks: Remarks) -> None:
    # Comparisons with the NaN of an unknown camera are false.
    fx, fy, cx, cy = camera.numbers
    if max(fx, fy) > _LARGEST_RATIO * min(fx, fy):
        remarks.add(_UNLIKE)
    if image is None:
        return
    width, height = image
    tangent = max(width / 2 / fx, height / 2 / fy)
    if tangent > _WIDEST_TAN:
        remarks.add(_WIDE.format(2 * math.degrees(math.atan(tangent))))
    if cx < 0 or cx > width or cy < 0 or cy > height:
        remarks.add(_OFF_CENTRE)


def _tangents(camera: ResolvedCamera, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2) from points (N, 2): of the angles off the axis, along x and y."""
    fx, fy, cx, cy = camera.numbers
    tangents: NDArray[np.float64] = np.abs(points - [cx, cy]) / [fx, fy]
    return tangents


def _mostly(those: NDArray[np.bool_]) -> bool:
    """Whether more than half of the points are so, (N, 2), along x or y: detectors err about a few."""
    return bool(those.any() and 2 * np.count_nonzero(those.any(1)) > len(those))
