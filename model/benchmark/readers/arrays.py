"""Arrays of benchmark files: read without unpickling, checked by shape."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.benchmark.dataset import DatasetError

Arrays = dict[str, NDArray[Any]]

# For each array its shape; None stands for any length, the same one wherever it comes first.
Shapes = Mapping[str, tuple[int | None, ...]]


def read_npz(path: Path, needed: Shapes, optional: Shapes) -> Arrays:
    """The named arrays of an npz, those that may be missing only if they are there.

    Raises:
        DatasetError: the file is broken or pickled, or an array is missing or of another shape.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            arrays = {name: data[name] for name in (*needed, *optional) if name in data or name in needed}
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} can't be read: {error}.") from error
    check_shapes(path, arrays, {**needed, **optional})
    return arrays


def check_shapes(path: Path, arrays: Arrays, shapes: Shapes) -> None:
    """DatasetError if an array has another shape, or another first length than the first one has."""
    count = len(next(iter(arrays.values()))) if arrays else 0
    for name, array in arrays.items():
        wanted = (count, *shapes[name][1:])
        fits = len(wanted) == array.ndim and all(
            n is None or n == m for n, m in zip(wanted, array.shape, strict=True)
        )
        if not count or not fits:
            shape = " x ".join("n" if n is None else str(n) for n in wanted)
            raise DatasetError(f"{path}: {name} has the shape {array.shape}, expected {shape}.")
