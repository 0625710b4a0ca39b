"""Detections that a fit left out as false: taken from the people, and told."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.keypoints.layouts import LAYOUT_NAMES
from model.keypoints.names import CANONICAL_NAMES
from model.keypoints.openpose import DetectedPerson
from model.keypoints.remarks import Remark, Remarks


def without_false(
    detected: Sequence[DetectedPerson], left_out: NDArray[np.bool_]
) -> tuple[list[DetectedPerson], list[Remark]]:
    """The people with the keypoints that were fitted to, and what a client should know of the others.

    Args:
        detected: the people as they were sent.
        left_out: (P, 25), canonical keypoints that the fit did without.
    """
    people, remarks = list(detected), Remarks()
    for i in np.flatnonzero(left_out.any(1)).tolist():
        names = LAYOUT_NAMES[detected[i].layout]
        false = [name for name in np.array(CANONICAL_NAMES)[left_out[i]].tolist() if name in names]
        people[i] = _without(detected[i], [names.index(name) for name in false])
        if false:  # else it was the middle of two others, made for a layout that has none
            remarks.add(
                f"Left out as false: {' and '.join(false)}. No body is there and where the other keypoints "
                "are; without, it comes nearer to these.",
                [i],
            )
    return people, remarks.all()


def _without(person: DetectedPerson, keypoints: list[int]) -> DetectedPerson:
    points = person.points.copy()
    points[keypoints] = 0.0
    return DetectedPerson(person.layout, points)
