"""The body file: a safetensors file that holds a body's arrays. Nothing is ever unpickled."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.atomic_write import atomic_write
from model.body.arrays import BodyArrays, BodyError
from model.body.joints import NUM_JOINTS

METADATA_KEY = "hmr-body"
VERSION = 1

_REQUIRED = (
    "v_template",
    "shapedirs",
    "faces",
    "parents",
    "j_rows",
    "j_cols",
    "j_values",
    "skin_joints",
    "skin_weights",
)

Tensors = dict[str, NDArray[Any]]


def save_body(arrays: BodyArrays, path: Path) -> None:
    """Write a body to `path`; see `body_bytes`."""
    atomic_write(path, body_bytes(arrays))


def body_bytes(arrays: BodyArrays) -> bytes:
    """Return what a body's file holds: the joint regressor sparsely, and indices as narrow as they go.

    The same arrays always give the same bytes, so that a fingerprint identifies a body.
    """
    card = {
        "version": VERSION,
        "name": arrays.name,
        "licence": arrays.licence,
        "provenance": arrays.provenance,
    }
    # One entry only: safetensors writes several in an order that changes from call to call.
    return save(_to_tensors(arrays), metadata={METADATA_KEY: json.dumps(card, sort_keys=True)})


def load_body_arrays(path: Path) -> BodyArrays:
    """Read and check a body file.

    Raises:
        BodyError: the file is missing, broken, of another kind or a version that isn't known,
            or its arrays don't make a body.
    """
    if not path.is_file():
        raise BodyError(f"There is no body file at '{path}'.")
    try:
        with safe_open(str(path), framework="numpy") as file:
            card = (file.metadata() or {}).get(METADATA_KEY)
            tensors: Tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise BodyError(f"'{path}' can't be read as a body file: {error}.") from error
    if card is None:
        raise BodyError(f"'{path}' is a safetensors file, but not a body file.")
    return _from_tensors(path, card, tensors)


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal, which distinguishes bodies of the same size.

    Raises:
        BodyError: the file can't be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BodyError(f"There is no readable body file at '{path}'.") from error


def _to_tensors(arrays: BodyArrays) -> Tensors:
    rows, cols = np.nonzero(arrays.j_regressor)
    index_type = np.uint16 if arrays.n_vertices <= 2**16 else np.int32
    tensors: Tensors = {
        "v_template": arrays.v_template.astype(np.float32),
        "shapedirs": arrays.shapedirs.astype(np.float32),
        "faces": arrays.faces.astype(index_type),
        "parents": arrays.parents.astype(np.int8),
        "j_rows": rows.astype(np.uint8),
        "j_cols": cols.astype(index_type),
        "j_values": arrays.j_regressor[rows, cols].astype(np.float32),
        "skin_joints": arrays.skin_joints.astype(np.uint8),
        "skin_weights": arrays.skin_weights.astype(np.float32),
    }
    if arrays.posedirs is not None:
        tensors["posedirs"] = arrays.posedirs.astype(np.float32)
    # safetensors stores a view's base memory as it is, so every array must be laid out in order.
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def _from_tensors(path: Path, card: str, tensors: Tensors) -> BodyArrays:
    missing = [name for name in _REQUIRED if name not in tensors]
    if missing:
        raise BodyError(f"'{path}' lacks the arrays {', '.join(missing)}.")
    try:
        about = json.loads(card)
        if about["version"] != VERSION:
            raise BodyError(f"it has body format {about['version']}, and this program reads {VERSION}.")
        return BodyArrays(
            name=about["name"],
            licence=about["licence"],
            provenance=about["provenance"],
            v_template=tensors["v_template"],
            shapedirs=tensors["shapedirs"],
            faces=tensors["faces"].astype(np.int32),
            parents=tensors["parents"].astype(np.int64),
            j_regressor=_dense_regressor(tensors),
            skin_joints=tensors["skin_joints"].astype(np.int64),
            skin_weights=tensors["skin_weights"],
            posedirs=tensors.get("posedirs"),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BodyError(f"'{path}' does not hold a usable body: {error}") from error


def _dense_regressor(tensors: Tensors) -> NDArray[np.float32]:
    dense = np.zeros((NUM_JOINTS, len(tensors["v_template"])), dtype=np.float32)
    dense[tensors["j_rows"], tensors["j_cols"]] = tensors["j_values"]
    return dense
