"""Poses as plain arrays: pose libraries, SMPL parameters as tools write them, bare arrays."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.importing.clip import Clip, ClipError, body_poses
from model.data.importing.import_job import Job, Reading
from model.data.importing.library_file import read_library
from model.data.library import LibraryError


def array_job(file: Path, up: str, rate: float | None, source: str, licence: str) -> Job:
    """A job for one file; see `read_poses` for its arguments."""
    return Job(str(file), (file,), lambda: Reading(read_poses(file, up, rate, source, licence), {}))


def read_poses(file: Path, up: str, rate: float | None, source: str, licence: str) -> list[Clip]:
    """Clips of a file.

    Args:
        file: a pose library (npz with `poses` and `trial`): trials, frames and texts are kept; or an
            npz with `poses` or `pose`, or with `global_orient` and `body_pose`; or an npy. Poses may be any
            that `body_poses` takes.
        up: axis of the file's world that points up, see `body_poses`.
        rate: frames a second, if its poses are one recording in order; never of a library.
        source: of files that don't name one.
        licence: of files that don't name one.

    Raises:
        ClipError: it is no such file.
    """
    try:
        with file.open("rb") as stream:
            data = np.load(stream, allow_pickle=False)
            if not isinstance(data, np.ndarray) and {"poses", "trial"} <= set(data.files):
                if up != "y" or rate:
                    raise ClipError("it is a pose library: its world has y up, and its poses no frame rate")
                return _filled(read_library(file), source, licence)
            poses = body_poses(data if isinstance(data, np.ndarray) else _poses(data), up)
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, LibraryError) as error:
        raise ClipError(f"it holds no poses: {error}") from error
    return [Clip(file.stem, poses, rate, subject=file.stem, source=source, licence=licence)]


def _filled(clips: list[Clip], source: str, licence: str) -> list[Clip]:
    return [replace(clip, source=clip.source or source, licence=clip.licence or licence) for clip in clips]


def _poses(data: Any) -> NDArray[np.generic]:
    for name in ("poses", "pose"):
        if name in data:
            return np.asarray(data[name])
    root, body = data["global_orient"], data["body_pose"]
    if root.shape[-2:] == (3, 3):
        return np.concatenate([root.reshape(-1, 1, 3, 3), body.reshape(len(root), -1, 3, 3)], 1)
    return np.concatenate([root.reshape(-1, 1, 3), body.reshape(len(root), -1, 3)], 1)
