"""Imports licensed SMPL files (versions 1.0 and 1.1, `.pkl` or `.npz`) into the product's own body arrays."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import N_POSE_FEATURES, BodyArrays, BodyError, Gender
from model.body.joints import NUM_BETAS, NUM_JOINTS, PARENTS
from model.body.pickled_arrays import NumberArray, value_of
from model.body.unpickler import read_pickle

N_VERTICES = 6890
"""Vertices of SMPL's mesh; the numbers of the landmarks' vertices hold for this mesh only."""

LICENCE = "SMPL model licence of the Max-Planck-Gesellschaft (smpl.is.tue.mpg.de); not for redistribution"

_KEYS = ("v_template", "shapedirs", "posedirs", "f", "weights", "J_regressor", "kintree_table")

_OTHER_BODIES: dict[tuple[int, int], str] = {
    (52, 6890): "SMPL+H",
    (55, 10475): "SMPL-X",
    (16, 778): "MANO",
    (5, 5023): "FLAME",
}


def import_smpl(path: Path, name: str | None = None, gender: Gender = Gender.NEUTRAL) -> BodyArrays:
    """Read a licensed SMPL file; nothing that it may hold beside arrays is run.

    Args:
        path: `.pkl` as published (Python 2, chumpy arrays inside) or as re-saved by other tools, or `.npz`.
        name: of the body; default the file's name without its ending.
        gender: of the model, which no SMPL file says itself; kept in the provenance.

    Returns:
        The arrays, the first 10 of however many shape components, ready for `model.body.file.save_body`.

    Raises:
        BodyError: the file can't be read, asks for code, or isn't SMPL with 24 joints and 6890 vertices.
    """
    is_npz = path.suffix == ".npz" or zipfile.is_zipfile(path)
    raw = _read_npz(path) if is_npz else _read_pickle(path)
    _check_kind(path, raw)
    joints, weights = _largest(raw["weights"])
    return BodyArrays(
        name=name or path.stem,
        licence=LICENCE,
        v_template=raw["v_template"].astype(np.float32),
        shapedirs=raw["shapedirs"][:, :, :NUM_BETAS].astype(np.float32),
        faces=raw["f"].astype(np.int32),
        parents=np.array(PARENTS, dtype=np.int64),
        j_regressor=raw["J_regressor"].astype(np.float32),
        skin_joints=joints,
        skin_weights=weights.astype(np.float32),
        posedirs=raw["posedirs"].astype(np.float32),
        provenance={
            "imported from": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "gender": gender.value,
        },
    )


def _read_pickle(path: Path) -> dict[str, NumberArray]:
    content = read_pickle(path)
    if not isinstance(content, dict):
        raise BodyError(f"'{path}' is no SMPL file: it holds no table of named arrays.")
    _check_keys(path, content)
    return {key: value_of(content[key], path, key) for key in _KEYS}


def _read_npz(path: Path) -> dict[str, NumberArray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            _check_keys(path, content)
            return {key: value_of(content[key], path, key) for key in _KEYS}
    except BodyError:
        raise
    except OSError as error:
        raise BodyError(f"'{path}' can't be read: {error.strerror}.") from error
    except Exception as error:  # broken archives end in exceptions of many kinds
        raise BodyError(f"'{path}' is no readable npz of plain arrays.") from error


def _check_keys(path: Path, content: Mapping[str, object]) -> None:
    missing = [key for key in _KEYS if key not in content]
    if missing:
        raise BodyError(f"'{path}' is no SMPL file: it lacks {', '.join(missing)}.")


def _check_kind(path: Path, raw: dict[str, NumberArray]) -> None:
    """Refuse anything but SMPL's own joints, mesh and blend shapes, saying what was found."""
    _check_size(path, raw)
    expected: dict[str, tuple[int, ...]] = {
        "v_template": (N_VERTICES, 3),
        "posedirs": (N_VERTICES, 3, N_POSE_FEATURES),
        "weights": (N_VERTICES, NUM_JOINTS),
        "J_regressor": (NUM_JOINTS, N_VERTICES),
        "kintree_table": (2, NUM_JOINTS),
    }
    for key, shape in expected.items():
        if raw[key].shape != shape:
            raise BodyError(f"'{path}': {key} has the shape {raw[key].shape}, SMPL's is {shape}.")
    n_betas = raw["shapedirs"].shape[-1] if raw["shapedirs"].ndim == 3 else 0
    if n_betas < NUM_BETAS:
        raise BodyError(f"'{path}' has {n_betas} shape components; {NUM_BETAS} are needed.")
    _check_tree(path, raw["kintree_table"].astype(np.int64))


def _check_size(path: Path, raw: dict[str, NumberArray]) -> None:
    vertices = raw["v_template"].shape[0] if raw["v_template"].ndim else 0
    joints = raw["weights"].shape[-1] if raw["weights"].ndim else 0
    if (joints, vertices) == (NUM_JOINTS, N_VERTICES):
        return
    other = _OTHER_BODIES.get((joints, vertices))
    hint = f" (that is {other})" if other else ""
    raise BodyError(
        f"'{path}' has {joints} joints and {vertices} vertices{hint}; "
        f"only SMPL with {NUM_JOINTS} joints and {N_VERTICES} vertices can be imported."
    )


def _check_tree(path: Path, table: NDArray[np.int64]) -> None:
    # The root's parent is -1, stored in published files as an unsigned number: 4294967295.
    parents, joints = table[0, 1:], table[1]
    if tuple(parents) != PARENTS[1:] or not np.array_equal(joints, np.arange(NUM_JOINTS)):
        raise BodyError(f"'{path}': kintree_table is not SMPL's skeleton.")


def _largest(weights: NumberArray) -> tuple[NDArray[np.int64], NumberArray]:
    """Return skinning weights (V, 24) as the K joints (V, K) and weights (V, K) that matter, heaviest first.

    K is the largest number of joints that move any one vertex (4 in SMPL), so nothing is lost.
    """
    k = max(1, int(np.count_nonzero(weights, axis=1).max()))
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :k]
    return joints.astype(np.int64), np.take_along_axis(weights, joints, axis=1)
