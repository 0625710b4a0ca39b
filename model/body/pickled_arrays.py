"""Works out the arrays that the records of a pickle describe; needs neither chumpy nor scipy.

numpy is handed plain bytes, shapes and number types only, never a pickled object.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyError
from model.body.unpickler import Record

MAX_SPARSE_ENTRIES = 2**24
"""A sparse matrix that would have more entries when written out is refused; SMPL's has 24 x 6890."""

NumberArray = NDArray[Any]
"""An array of integers, floating-point numbers or truth values."""

_NUMBER_CODES = frozenset(["b1", *(f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8))])

_CONTRADICTIONS = (TypeError, ValueError, LookupError, AttributeError, RecursionError, MemoryError)
"""Exceptions raised when parts that do not fit together are combined."""


def value_of(value: object, path: Path, key: str) -> NumberArray:
    """Return the numbers that a pickled value stands for: numpy's, chumpy's, or a sparse matrix written out.

    Args:
        value: what `read_pickle` gave for `key`.
        path: file, for the message.
        key: name of the array, for the message.

    Raises:
        BodyError: the value isn't an array of plain numbers, or its parts contradict each other.
    """
    try:
        return _value(value)
    except _CONTRADICTIONS as error:
        raise BodyError(f"'{path}': {key} can't be read as an array of numbers.") from error


def _value(value: object) -> NumberArray:
    if not isinstance(value, Record):
        return _numbers(np.asarray(value))
    # copy_reg._reconstructor(class, object, None) is how the oldest protocols make a plain object.
    kind = value.args[0].origin if value.origin == "_reconstructor" else value.origin
    return _READERS[kind](value)


def _numbers(array: NDArray[Any]) -> NumberArray:
    if array.dtype.kind not in "biuf":
        raise TypeError(f"not numbers: {array.dtype}")
    return array


def _bytes(value: object) -> bytes:
    """Raw bytes, pickled as such, as a string of Python 2, or as `_codecs.encode(text, 'latin1')`."""
    if isinstance(value, Record) and value.origin == "encode" and value.args[1] == "latin1":
        value = value.args[0]
    if isinstance(value, str):
        return value.encode("latin1")
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    raise TypeError("not bytes")


def _number_type(record: Record) -> np.dtype[Any]:
    """numpy.dtype(code, …) with the state (version, byte order, …)."""
    code, order = record.args[0], record.state[1] if record.state else "="
    if record.origin != "dtype" or code not in _NUMBER_CODES or order not in ("<", ">", "=", "|"):
        raise TypeError(f"not a type of plain numbers: {order}{code}")
    return np.dtype(f"{order}{code}")


def _ndarray(record: Record) -> NumberArray:
    """Numpy's `_reconstruct` with the state (version, shape, type, is Fortran order, bytes)."""
    _version, shape, number_type, is_fortran, data = record.state
    flat = np.frombuffer(_bytes(data), _number_type(number_type))
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _buffer(record: Record) -> NumberArray:
    """Numpy's `_frombuffer(bytes, type, shape, order)`, of pickles of protocol 5."""
    data, number_type, shape, order = record.args[:4]
    return np.frombuffer(_bytes(data), _number_type(number_type)).reshape(shape, order=order)


def _selection(record: Record) -> NumberArray:
    """Chumpy's `Select`: some entries of another array."""
    state = record.state
    chosen: NumberArray = _value(state["a"]).ravel()[_value(state["idxs"])]
    return chosen.reshape(state["preferred_shape"]) if "preferred_shape" in state else chosen


def _sparse(state: dict[str, Any], is_columns: bool) -> NumberArray:
    """A compressed sparse matrix written out; entries given twice add up, as in scipy."""
    shape = tuple(int(n) for n in state.get("_shape") or state["shape"])
    starts, minor, data = (_value(state[key]) for key in ("indptr", "indices", "data"))
    n_major, n_minor = (shape[1], shape[0]) if is_columns else shape
    if n_major * n_minor > MAX_SPARSE_ENTRIES or len(starts) != n_major + 1:
        raise ValueError("a sparse matrix with an implausible shape")
    if starts[0] != 0 or not starts[-1] <= len(minor) <= len(data) or minor.min(initial=0) < 0:
        raise ValueError("a sparse matrix with contradictory indices")
    major = np.repeat(np.arange(n_major), np.diff(starts))
    dense = np.zeros((n_major, n_minor))
    np.add.at(dense, (major, minor[: len(major)]), data[: len(major)])
    return dense.T if is_columns else dense


_READERS: dict[str, Callable[[Any], NumberArray]] = {
    "Ch": lambda record: _value(record.state["x"]),
    "Select": _selection,
    "csc_matrix": lambda record: _sparse(record.state, is_columns=True),
    "csr_matrix": lambda record: _sparse(record.state, is_columns=False),
    "_reconstruct": _ndarray,
    "_frombuffer": _buffer,
}
