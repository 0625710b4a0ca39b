"""Warnings of bodies off their keypoints, in the mean or at a few of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.keypoints.input_warnings import InputWarning, InputWarnings
from model.keypoints.layouts import LAYOUT_NAMES
from model.keypoints.names import CANONICAL_NAMES
from model.keypoints.openpose import DetectedPerson
from service.engine.job import FloatArray

# Shares of the person's box. In 151 people of real files the mean is at most 0.021, and the farthest keypoint
# at most 0.11 but for a false wrist (0.43). BODY_25B read as BODY_25 has a mean of 0.2.
_POOR_MEAN = 0.05
_FAR = 0.2
# More distant keypoints than these have another cause than single false detections.
_FEW = 3


def poor_fit_warnings(
    detected: Sequence[DetectedPerson],
    reprojected: Sequence[FloatArray | None],
    residual_ratio: FloatArray,
    farthest_ratio: FloatArray,
) -> list[InputWarning]:
    """Return warnings of fits that look wrong.

    Args:
        detected: the people with the keypoints that they were fitted to.
        reprojected: (J, 2) keypoints of each body, pixels; None if the person was not fitted.
        residual_ratio: (P,), mean distance between the two as a share of the person's box.
        farthest_ratio: (P,), largest distance of a used keypoint, as the same share.
    """
    warnings = InputWarnings()
    doubtful = (residual_ratio > _POOR_MEAN) | (farthest_ratio > _FAR)
    for i in np.flatnonzero(doubtful).tolist():
        person, points = detected[i], reprojected[i]
        if points is None:
            continue
        far = _far_keypoints(person, points)
        if 0 < len(far) <= _FEW:
            warnings.add(
                f"The body is far from {' and '.join(far)}: if that is a false detection, send it with "
                "confidence 0.",
                [i],
            )
        elif residual_ratio[i] > _POOR_MEAN:
            warnings.add(
                f"The body is off its keypoints by more than {_POOR_MEAN:.0%} of the person's size: "
                "check `layout`, `camera` and `image`, or ask for more `steps`.",
                [i],
            )
    return warnings.all()


def _far_keypoints(person: DetectedPerson, reprojected: NDArray[np.floating]) -> list[str]:
    """Return the names of distant keypoints among those that are fitted."""
    seen = person.observed
    sent = person.points[seen, :2]
    distance = np.hypot(*(reprojected[seen] - sent).T)
    far = distance > _FAR * np.ptp(sent, axis=0).max()
    names = np.array(LAYOUT_NAMES[person.layout])[seen][far].tolist()
    return [name for name in names if name in CANONICAL_NAMES]
