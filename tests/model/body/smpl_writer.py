"""Writes files in the formats of published SMPL models: pickles of Python 2 with chumpy and old scipy inside.

The arrays are random; no licensed data is here. The pickles are made with classes that only carry the names
of chumpy's and scipy's, by a pickler that writes strings and module names as Python 2 did.
"""

import io
import pickle
import struct
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from model.body.joints import NUM_JOINTS, PARENTS

N_VERTICES = 6890


def smpl_arrays(seed: int = 0, n_betas: int = 10) -> dict[str, np.ndarray]:
    """Random arrays under SMPL's keys, with SMPL's shapes and types; J_regressor dense."""
    rng = np.random.default_rng(seed)
    v = N_VERTICES
    weights = np.zeros((v, NUM_JOINTS))
    np.put_along_axis(weights, rng.random(weights.shape).argsort(1)[:, :4], rng.random((v, 4)), axis=1)
    regressor = np.zeros((NUM_JOINTS, v))
    np.put_along_axis(regressor, rng.integers(0, v, (NUM_JOINTS, 30)), rng.random((NUM_JOINTS, 30)), axis=1)
    tree = np.stack([np.array(PARENTS), np.arange(NUM_JOINTS)]).astype(np.int64)
    return {
        "v_template": rng.normal(0, 0.3, (v, 3)),
        "shapedirs": rng.normal(0, 0.01, (v, 3, n_betas)),
        "posedirs": rng.normal(0, 0.001, (v, 3, 207)),
        "f": rng.integers(0, v, (13776, 3)).astype(np.uint32),
        "weights": weights / weights.sum(1, keepdims=True),
        "J_regressor": regressor / regressor.sum(1, keepdims=True),
        "kintree_table": (tree % 2**32).astype(np.uint32),
    }


class Ch:
    """Pickles as chumpy's array does."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = x
        self._dirty_vars = {"x"}
        self._itr = None
        self._depends_on_deps: dict[str, object] = {}
        self._make_dense = False
        self._make_sparse = False


class Select(Ch):
    """Pickles as chumpy's selection does: some entries of the flattened array `a`."""

    def __init__(self, a: Ch, idxs: np.ndarray, preferred_shape: tuple[int, ...]) -> None:
        self.a = a
        self.idxs = idxs
        self.preferred_shape = preferred_shape


class csc_matrix:  # noqa: N801 - the name that is pickled
    """Pickles as scipy's matrix of compressed columns did around 2014."""

    def __init__(self, dense: np.ndarray) -> None:
        columns, rows = np.nonzero(dense.T)
        self.format = "csc"
        self._shape = dense.shape
        self.maxprint = 50
        self.indptr = np.searchsorted(columns, np.arange(dense.shape[1] + 1)).astype(np.int32)
        self.indices = rows.astype(np.int32)
        self.data = dense.T[columns, rows]


Ch.__module__ = "chumpy.ch"
Select.__module__ = "chumpy.reordering"
csc_matrix.__module__ = "scipy.sparse.csc"


def as_published(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The table that a published file holds: chumpy and sparse values, and keys that nobody needs."""
    return arrays | {
        "shapedirs": Ch(arrays["shapedirs"]),
        "J_regressor": csc_matrix(arrays["J_regressor"]),
        "J_regressor_prior": csc_matrix(arrays["J_regressor"]),
        "bs_type": "lrotmin",
        "pose_training_info": {"gender": "neutral", "sizes": [np.float64(1.5), {1, 2}]},
    }


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 wrote: byte strings for text and bytes, and modules by their old names."""

    OLD_NAMES: ClassVar[dict[str, str]] = {
        "numpy._core.multiarray": "numpy.core.multiarray",
        "builtins": "__builtin__",
        "copyreg": "copy_reg",
    }
    dispatch: ClassVar[dict[type, Callable[..., None]]] = {**pickle._Pickler.dispatch}
    # The base has these, too, but its stubs don't.
    proto: int
    write: Callable[[bytes], object]
    memoize: Callable[[object], None]

    def save_string(self, value: str | bytes) -> None:
        """A str of Python 2."""
        data = value.encode("latin1") if isinstance(value, str) else value
        if self.proto == 0:
            self.write(b"S" + repr(data)[1:].encode("ascii") + b"\n")
        elif len(data) < 256:
            self.write(b"U" + struct.pack("<B", len(data)) + data)
        else:
            self.write(b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """A class or function, looked up nowhere."""
        module = self.OLD_NAMES.get(obj.__module__, obj.__module__)
        self.write(f"c{module}\n{name or obj.__name__}\n".encode("ascii"))
        self.memoize(obj)

    dispatch[str] = save_string
    dispatch[bytes] = save_string
    dispatch[type] = save_global
    dispatch[type(smpl_arrays)] = save_global


def python2_pickle(value: object, protocol: int) -> bytes:
    """`pickle.dumps(value, protocol)` of Python 2."""
    file = io.BytesIO()
    Python2Pickler(file, protocol).dump(value)
    return file.getvalue()
