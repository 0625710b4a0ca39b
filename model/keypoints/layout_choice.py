"""The layout of a person's keypoints: named by the client, or decided by their number."""

from typing import NamedTuple

import numpy as np

from model.keypoints.errors import InputError
from model.keypoints.input_warnings import InputWarnings
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.triplets import Triplets

# Two layouts have 25 points; BODY_25 is by far the more common.
_BY_LENGTH = {25: Layout.BODY_25, 18: Layout.COCO_18, 26: Layout.HALPE_26, 17: Layout.COCO_17}

MOST_KEYPOINTS = max(_BY_LENGTH)


class RawKeypoints(NamedTuple):
    """Keypoints (J, 3) as written, and their place in the document."""

    points: Triplets
    path: str


class LaidOut(NamedTuple):
    """Keypoints (J, 3) and their order."""

    layout: Layout
    points: Triplets


def lay_out(
    arrays: list[RawKeypoints | None], layout: Layout | None, input_warnings: InputWarnings
) -> list[LaidOut]:
    """The layout of each person; one without keypoints (None) gets that of the file's others, and zeros.

    Args:
        arrays: each person's keypoints.
        layout: of all people, if the client said.
        input_warnings: takes a warning where a trailing 0, 0, 0 is dropped.

    Raises:
        InputError: the number of keypoints is not `layout`'s, or no known one.
    """
    long = [raw.points for raw in arrays if raw is not None and len(raw.points) == MOST_KEYPOINTS]
    # 26 triplets that all end in 0, 0, 0 are edited files of 25; a detector's HALPE_26 has some right heel.
    padded = layout is None and not any(points[-1].any() for points in long)
    found: list[LaidOut | None] = []
    for index, raw in enumerate(arrays):
        found.append(None if raw is None else _lay_out_one(raw, index, layout, padded, input_warnings))
    usual = layout or next((person.layout for person in found if person), Layout.BODY_25)
    nobody = LaidOut(usual, np.zeros((len(LAYOUT_NAMES[usual]), 3)))
    return [person or nobody for person in found]


def _lay_out_one(
    raw: RawKeypoints, index: int, layout: Layout | None, padded: bool, input_warnings: InputWarnings
) -> LaidOut:
    points, path = raw
    if padded and len(points) == MOST_KEYPOINTS:
        wanted: Layout | None = Layout.BODY_25
    else:
        wanted = layout or _BY_LENGTH.get(len(points))
    if wanted is None:
        raise InputError(_unknown_length(len(points)), path)
    expected = len(LAYOUT_NAMES[wanted])
    if len(points) == expected + 1 == MOST_KEYPOINTS and not points[-1].any():
        hint = "" if layout else "; if it is HALPE_26, name it in `layout`"
        input_warnings.add(
            f"A trailing 0, 0, 0 after 25 keypoints was dropped and {wanted} read{hint}.", [index]
        )
        points = points[:expected]
    if len(points) != expected:
        raise InputError(f"has {len(points)} keypoints, but the layout {wanted} has {expected}", path)
    return LaidOut(wanted, points)


def _unknown_length(count: int) -> str:
    known = ", ".join(f"{3 * length} ({layout})" for length, layout in sorted(_BY_LENGTH.items()))
    return f"has {3 * count} numbers; known lengths are {known}"
