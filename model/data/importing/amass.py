"""AMASS: npz files of SMPL-H or SMPL-X motions (amass.is.tue.mpg.de)."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.importing.clip import Clip, ClipError, body_poses
from model.data.importing.import_job import Job, Reading

LICENCE = "AMASS: non-commercial research"

_RATES = ("mocap_framerate", "mocap_frame_rate")
# Files of a subject's shape, which lie beside the motions.
_SHAPES = ("shape.npz", "*_stagei.npz")


def amass_jobs(folder: Path, up: str = "z", licence: str = LICENCE) -> list[Job]:
    """A job for each motion file below a folder; `Dataset/Subject/motion.npz` as AMASS unpacks.

    Raises:
        ClipError: no motion was found.
    """
    shapes = {path for pattern in _SHAPES for path in folder.rglob(pattern)}
    files = sorted(set(folder.rglob("*.npz")) - shapes)
    if not files:
        raise ClipError(f"Found no motions (*.npz) of AMASS below {folder}.")

    def job(file: Path) -> Job:
        name = file.relative_to(folder).with_suffix("").as_posix()
        return Job(name, (file,), lambda: Reading([read_amass(file, name, up, licence)], {}))

    return [job(file) for file in files]


def read_amass(file: Path, name: str, up: str = "z", licence: str = LICENCE) -> Clip:
    """One motion: `poses` (N, 156 | 165), or `root_orient` and `pose_body`; and its frame rate.

    Translation, shape and gender are no part of a pose library and are not read; hands, jaw and eyes are
    left out. AMASS's world has z up, a library's y.

    Raises:
        ClipError: the file is broken, pickled, or lacks what is needed.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            poses = _poses(data)
            rate = float(next(data[key] for key in _RATES if key in data))
    except StopIteration:
        raise ClipError(f"it has none of {' and '.join(_RATES)}") from None
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ClipError(f"it is no motion of AMASS: {error}") from error
    dataset, _, _ = name.partition("/")
    return Clip(
        name=name,
        poses=body_poses(poses, up),
        rate=rate,
        subject=name.rpartition("/")[0],
        source=f"AMASS {dataset}",
        licence=licence,
        description=name.rpartition("/")[2].replace("_", " "),
    )


def _poses(data: Any) -> NDArray[np.generic]:
    if "poses" in data:
        return np.asarray(data["poses"])
    return np.concatenate([data["root_orient"].reshape(-1, 3), data["pose_body"].reshape(-1, 63)], 1)
