"""One array of keypoints from parsed JSON, with every number checked before it is believed."""

from collections.abc import Callable, Sequence
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.keypoints.errors import InputError

# A coordinate beyond this many pixels is no place in a picture; float32 would lose whole pixels there.
LARGEST_NUMBER = 1e7

# What JSON's numbers become; bool is another type.
_PLAIN = frozenset({int, float})

Triplets = NDArray[np.float64]


def read_triplets(value: object, path: str, *, most: int) -> Triplets:
    """Keypoints (J, 3) of x, y, confidence from a flat list of 3 J numbers or a list of J triplets.

    Args:
        value: what the JSON held.
        path: where it was, for the message of an error.
        most: refuse more keypoints than this before looking at any.

    Raises:
        InputError: not such a list, or a value in it is no finite number of at most 1e7.
    """
    if not isinstance(value, list):
        raise InputError("must be a list of numbers x, y, confidence for each keypoint", path)
    nested = bool(value) and all(isinstance(row, list) for row in value)
    count = len(value) if nested else len(value) / 3
    if count > most:
        raise InputError(f"has {len(value)} entries, more than any layout of body keypoints", path)
    if nested:
        return _from_rows(value, path)
    if len(value) % 3:
        raise InputError(f"has {len(value)} numbers, which don't make triplets of x, y, confidence", path)
    return _numbers(value, lambda i: f"{path}[{i}]").reshape(-1, 3)


def _from_rows(rows: list[list[object]], path: str) -> Triplets:
    for i, row in enumerate(rows):
        if len(row) != 3:
            raise InputError(f"has {len(row)} entries, expected x, y, confidence", f"{path}[{i}]")
    flat = [value for row in rows for value in row]
    return _numbers(flat, lambda i: f"{path}[{i // 3}][{i % 3}]").reshape(-1, 3)


def _numbers(values: Sequence[Any], place: Callable[[int], str]) -> NDArray[np.float64]:
    # What is wrong is looked for only where something is: a tenth of the time for the many that are fine.
    if not _are_fine(values):
        _check(values, place)
    return np.array(values, dtype=np.float64)


def _are_fine(values: Sequence[Any]) -> bool:
    """Return whether all are numbers within bounds."""
    if not values or not _PLAIN.issuperset(map(type, values)):
        return not values
    # The largest and the smallest may overlook a NaN, which the sum does not.
    return max(values) <= LARGEST_NUMBER and min(values) >= -LARGEST_NUMBER and not isnan(sum(values))


def _check(values: Sequence[object], place: Callable[[int], str]) -> None:
    for i, value in enumerate(values):
        # bool is an int to Python, and numpy would read the string "1": both are mistakes.
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"must be a number, not {_kind(value)}", place(i))
        if not abs(value) <= LARGEST_NUMBER:
            raise InputError(f"must be a finite number of at most {LARGEST_NUMBER:.0e} either way", place(i))


def _kind(value: object) -> str:
    kinds = {str: "text", bool: "true or false", type(None): "null", list: "a list", dict: "an object"}
    return kinds.get(type(value), "something else")
