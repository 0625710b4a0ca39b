"""Warnings of bodies that are not where their keypoints are: all in all, or at a single keypoint."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.keypoints.input_warnings import Remark, Remarks
from model.keypoints.layouts import LAYOUT_NAMES
from model.keypoints.names import CANONICAL_NAMES
from model.keypoints.openpose import DetectedPerson
from service.engine.job import FloatArray

# As shares of the person's box. 151 people of real files, read as what they are, are 0.021 off at most on
# the mean, and 0.11 at any one keypoint but for a false wrist (0.43). BODY_25B read as BODY_25 is 0.2 off.
_POOR_MEAN = 0.05
_FAR = 0.2
# More keypoints than these are not false one by one: something else is wrong.
_FEW = 3


def poor_fit_remarks(
    detected: Sequence[DetectedPerson],
    reprojected: Sequence[FloatArray | None],
    residual_ratio: FloatArray,
    farthest_ratio: FloatArray,
) -> list[Remark]:
    """What a client should know of fits that look wrong.

    Args:
        detected: the people with the keypoints that they were fitted to.
        reprojected: (J, 2) keypoints of each one's body in pixels; None for who was not fitted.
        residual_ratio: (P,), mean distance between the two as a share of the person's box.
        farthest_ratio: (P,), the largest of a keypoint that was fitted to.
    """
    remarks = Remarks()
    doubtful = (residual_ratio > _POOR_MEAN) | (farthest_ratio > _FAR)
    for i in np.flatnonzero(doubtful).tolist():
        person, points = detected[i], reprojected[i]
        if points is None:
            continue
        far = _far_keypoints(person, points)
        if 0 < len(far) <= _FEW:
            remarks.add(
                f"The body is far from {' and '.join(far)}: if that is no true detection, send it with "
                "confidence 0.",
                [i],
            )
        elif residual_ratio[i] > _POOR_MEAN:
            remarks.add(
                f"The body is off its keypoints by more than {_POOR_MEAN:.0%} of the person's size: "
                "check `layout`, `camera` and `image`, or ask for more `steps`.",
                [i],
            )
    return remarks.all()


def _far_keypoints(person: DetectedPerson, reprojected: NDArray[np.floating]) -> list[str]:
    """Names of the keypoints that are far off, of those that people are fitted to."""
    seen = person.observed
    sent = person.points[seen, :2]
    distance = np.hypot(*(reprojected[seen] - sent).T)
    far = distance > _FAR * np.ptp(sent, axis=0).max()
    names = np.array(LAYOUT_NAMES[person.layout])[seen][far].tolist()
    return [name for name in names if name in CANONICAL_NAMES]
