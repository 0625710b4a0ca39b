"""Keypoint layouts as data: the order in which each detector writes its points."""

from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.keypoints.names import CANONICAL_NAMES

_HALPE_FACE_TO_ANKLES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip


class Layout(StrEnum):
    """The layouts that are read."""

    BODY_25 = "BODY_25"
    COCO_18 = "COCO_18"
    BODY_25B = "BODY_25B"
    HALPE_26 = "HALPE_26"
    COCO_17 = "COCO_17"


LAYOUT_NAMES: dict[Layout, tuple[str, ...]] = {
    Layout.BODY_25: CANONICAL_NAMES,
    Layout.COCO_18: tuple(name for name in CANONICAL_NAMES[:19] if name != "mid_hip"),
    Layout.BODY_25B: (
        *_HALPE_FACE_TO_ANKLES, "upper_neck", "head_top", "left_big_toe", "left_small_toe", "left_heel",
        "right_big_toe", "right_small_toe", "right_heel",
    ),
    Layout.HALPE_26: (
        *_HALPE_FACE_TO_ANKLES, "head_top", "neck", "mid_hip", "left_big_toe", "right_big_toe",
        "left_small_toe", "right_small_toe", "left_heel", "right_heel",
    ),
    Layout.COCO_17: _HALPE_FACE_TO_ANKLES,
}  # fmt: skip

# A layout without these gets them as the middle of two others, as the body defines them.
_MIDPOINTS = {"neck": ("left_shoulder", "right_shoulder"), "mid_hip": ("left_hip", "right_hip")}


def to_canonical(points: NDArray[np.float64], layout: Layout) -> NDArray[np.float64]:
    """Re-order keypoints (P, J, 3) of x, y, confidence into the canonical set (P, 25, 3).

    Points that the layout lacks are 0, 0, 0 (missing), but for neck and mid-hip, which become the middle
    of the shoulders and of the hips with the smaller confidence. Points that the canonical set lacks
    (head top, upper neck) play no part in a fit.
    """
    places, has = _places(layout)
    canonical = np.where(has, points[..., places, :], 0.0)
    names = LAYOUT_NAMES[layout]
    for name, ends in _MIDPOINTS.items():
        if name not in names:
            left, right = (points[..., names.index(end), :] for end in ends)
            canonical[..., CANONICAL_NAMES.index(name), :] = _midpoint(left, right)
    return canonical


@cache
def _places(layout: Layout) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the index (25,) of each canonical point in a layout, and a mask (25, 1) of those it has."""
    names = LAYOUT_NAMES[layout]
    places = [names.index(name) if name in names else 0 for name in CANONICAL_NAMES]
    return np.array(places), np.array([[name in names] for name in CANONICAL_NAMES])


def _midpoint(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    confidence = np.minimum(left[..., 2:], right[..., 2:])
    middle = np.concatenate([(left[..., :2] + right[..., :2]) / 2, confidence], -1)
    return np.where(confidence > 0, middle, 0.0)
