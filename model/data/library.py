"""Pose libraries: body poses in SMPL form with the trial that each comes from."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.body.joints import NUM_JOINTS
from model.rotation import rotvec_to_matrix

# Weight of a pose is the size of its trial to this power: 0 would weigh poses alike, -1 trials.
_TRIAL_POWER = -0.5


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
        """(count, 24, 3, 3) rotations, with replacement."""
        return self.rotations[torch.multinomial(self.weights, count, replacement=True, generator=generator)]


def load_library(paths: Sequence[Path], shares: Sequence[float] | None = None) -> PoseLibrary:
    """Read and join pose libraries (npz with `poses` (N, 24, 3) and `trial` (N,)).

    Within a file, poses of long trials weigh less, so that a few long sessions don't decide everything.

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
        raise LibraryError(f"There are {len(parts)} pose libraries but {len(shares)} shares.")
    if min(shares) < 0 or not sum(shares) > 0:
        raise LibraryError("Shares of pose libraries must not be negative, nor all of them zero.")
    scaled = [share / sum(shares) * weights for share, (_, weights) in zip(shares, parts, strict=True)]
    return PoseLibrary(torch.cat([rotations for rotations, _ in parts]), torch.cat(scaled))


def _read(path: Path) -> tuple[Tensor, Tensor]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            poses, trial = data["poses"], data["trial"]
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise LibraryError(f"{path} is no pose library: {error}.") from error
    if poses.shape[1:] != (NUM_JOINTS, 3) or trial.shape != poses.shape[:1] or not len(poses):
        raise LibraryError(f"{path}: poses must be (N, 24, 3) with one trial each, not {poses.shape}.")
    if poses.dtype.kind not in "fiu" or not np.isfinite(poses).all():
        raise LibraryError(f"{path}: poses hold values that are not finite numbers.")
    _, of_pose, counts = np.unique(trial, return_inverse=True, return_counts=True)
    rotations = rotvec_to_matrix(torch.from_numpy(poses.astype(np.float32)))
    weights = torch.from_numpy(counts[of_pose].astype(np.float32) ** _TRIAL_POWER)
    return rotations, weights / weights.sum()
