"""Pose libraries: body poses in SMPL form with the trial that each comes from."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.body.joints import NUM_JOINTS
from model.rotation import rotvec_to_matrix

# Weight of a pose is the size of its trial to this power: 0 would weigh poses alike, -1 trials.
_TRIAL_POWER = -0.5

# What a file may hold: first a row or number for each pose, then an entry for each trial.
_ARRAYS = (
    *("poses", "trial", "frame"),
    *("trials", "subject", "source", "licence", "description", "weight"),
)


class LibraryError(Exception):
    """A file is not a pose library; the message says which file and why."""


@dataclass(frozen=True)
class PoseLibrary:
    """Poses to draw from.

    Attributes:
        rotations: (N, 24, 3, 3), each joint relative to its parent, y up, any heading.
        weights: (N,), how often each is drawn, adding up to one.
    """

    rotations: Tensor
    weights: Tensor

    def __len__(self) -> int:
        return len(self.rotations)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Return (count, 24, 3, 3) rotations, with replacement."""
        return self.rotations[torch.multinomial(self.weights, count, replacement=True, generator=generator)]


def load_library(paths: Sequence[Path], shares: Sequence[float] | None = None) -> PoseLibrary:
    """Read and join pose libraries (npz with `poses` (N, 24, 3), `trial` (N,) and maybe `weight` (T,)).

    Within a file, poses of long trials weigh less, so that a few long sessions don't decide everything.
    `weight`, a number for each trial (then `trial` counts from 0 to T - 1), draws a trial so many times as
    often as another of its length.

    Args:
        paths: the files.
        shares: how often each file is drawn from; by default in proportion to its number of poses.

    Raises:
        LibraryError: a file is missing or not a pose library.
    """
    parts = [_read(path) for path in paths]
    if not parts:
        raise LibraryError("No pose library was given.")
    shares = shares or [float(len(rotations)) for rotations, _ in parts]
    if len(shares) != len(parts):
        raise LibraryError(f"{len(parts)} pose libraries were given, but {len(shares)} shares.")
    if min(shares) < 0 or not sum(shares) > 0:
        raise LibraryError("Shares of pose libraries must not be negative, nor all of them zero.")
    scaled = [share / sum(shares) * weights for share, (_, weights) in zip(shares, parts, strict=True)]
    return PoseLibrary(torch.cat([rotations for rotations, _ in parts]), torch.cat(scaled))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a pose library's file, `poses`, `trial` and `weight` checked; nothing is unpickled.

    Raises:
        LibraryError: the file is missing or not a pose library.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            arrays = {name: data[name] for name in _ARRAYS if name in data}
            poses, trial = arrays["poses"], arrays["trial"]
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise LibraryError(f"{path} is no pose library: {error}.") from error
    if poses.shape[1:] != (NUM_JOINTS, 3) or trial.shape != poses.shape[:1] or not len(poses):
        raise LibraryError(f"{path}: poses must be (N, 24, 3) with one trial each, not {poses.shape}.")
    if poses.dtype.kind not in "fiu" or not np.isfinite(poses).all():
        raise LibraryError(f"{path}: poses hold values that are not finite numbers.")
    if "weight" in arrays:
        _check_weight(path, arrays["weight"], trial)
    return arrays


def _check_weight(path: Path, weight: NDArray[Any], trial: NDArray[Any]) -> None:
    if weight.ndim != 1 or weight.dtype.kind not in "fiu" or not np.isfinite(weight).all():
        raise LibraryError(f"{path}: weight must be a finite number for each trial.")
    if trial.dtype.kind not in "iu" or trial.min() < 0 or trial.max() >= len(weight):
        raise LibraryError(f"{path}: there are {len(weight)} weights, which not every trial has one of.")
    if weight.min() < 0 or not weight[trial].any():
        raise LibraryError(f"{path}: weights must not be negative, nor all of them zero.")


def _read(path: Path) -> tuple[Tensor, Tensor]:
    arrays = read_arrays(path)
    poses, trial = arrays["poses"], arrays["trial"]
    _, of_pose, counts = np.unique(trial, return_inverse=True, return_counts=True)
    weight = counts[of_pose].astype(np.float32) ** _TRIAL_POWER
    if "weight" in arrays:
        weight *= arrays["weight"][trial].astype(np.float32)
    rotations = rotvec_to_matrix(torch.from_numpy(poses.astype(np.float32)))
    weights = torch.from_numpy(weight)
    return rotations, weights / weights.sum()
