"""The people with the keypoints that they were fitted to, and what a client should know of the difference."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.keypoints.layouts import LAYOUT_NAMES
from model.keypoints.names import CANONICAL_NAMES
from model.keypoints.openpose import DetectedPerson
from model.keypoints.remarks import Remark, Remarks
from model.second_look.exchanged import LIMBS
from service.fitting import FloatArray


def as_used(
    detected: Sequence[DetectedPerson],
    used: FloatArray,
    left_out: NDArray[np.bool_],
    exchanged: NDArray[np.bool_],
) -> tuple[list[DetectedPerson], list[Remark]]:
    """The people as they were fitted, and remarks on what was made of their keypoints.

    Args:
        detected: the people as they were sent.
        used: (P, 25, 3), canonical keypoints that they were fitted to.
        left_out: (P, 25), which were left out as false.
        exchanged: (P, 3), of whom which of `LIMBS` had left for right.
    """
    people, remarks = list(detected), Remarks()
    for i in np.flatnonzero(left_out.any(1) | exchanged.any(1)).tolist():
        people[i] = _as_used(detected[i], used[i])
        for limbs in np.array(list(LIMBS))[exchanged[i]].tolist():
            remarks.add(
                f"Left and right {limbs} were sent the other way round, as no body has them: they were "
                "exchanged. Other warnings name sides as they are now.",
                [i],
            )
        names = LAYOUT_NAMES[detected[i].layout]
        false = [name for name in np.array(CANONICAL_NAMES)[left_out[i]].tolist() if name in names]
        if false:  # else it was the middle of two others, made for a layout that has none
            remarks.add(
                f"Left out as false: {' and '.join(false)}. No body is there and where the other keypoints "
                "are; without, it comes nearer to these.",
                [i],
            )
    return people, remarks.all()


def _as_used(person: DetectedPerson, used: FloatArray) -> DetectedPerson:
    """In the person's own layout; points that play no part in a fit stay as they are."""
    points = person.points.copy()
    for place, name in enumerate(LAYOUT_NAMES[person.layout]):
        if name in CANONICAL_NAMES:
            points[place] = used[CANONICAL_NAMES.index(name)]
    return DetectedPerson(person.layout, points)
