"""Coverage of a pose library: counts of kinds of pose by the skeleton of one body; kinds overlap."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from model.body.joints import JOINT_NAMES
from model.data.library import load_library, read_arrays
from model.data.skeleton import Skeleton
from model.rotation import matrix_to_rotvec

_STILL = 1e-4  # radians: a joint that never turns farther is not articulated


@dataclass(frozen=True)
class Share:
    """Poses of one kind: their number, and their share of the library and of training's draws."""

    poses: int
    share: float
    drawn: float


@dataclass(frozen=True)
class Coverage:
    """Coverage of a library.

    Attributes:
        poses, trials, subjects: their numbers (no subjects if the file names none).
        kinds: for each kind of pose how often it is there.
        never_turned: joints that are zero in every pose.
    """

    poses: int
    trials: int
    subjects: int
    kinds: dict[str, Share]
    never_turned: list[str]


class _Figures:
    """Measures of poses from their joints (N, 24, 3), metres, and global rotations (N, 24, 3, 3)."""

    def __init__(self, turns: Tensor, joints: Tensor, leg: float) -> None:
        self.turns, self.joints = turns, joints
        self.floor = joints[..., 1].amin(1)
        self.trunk = normalize(self.at("neck") - self.at("pelvis"), dim=-1)
        self.tilt = self.trunk[:, 1].clamp(-1, 1).acos().rad2deg()
        across = self.at("left_shoulder") - self.at("right_shoulder")
        self.chest = normalize(torch.linalg.cross(across, self.trunk), dim=-1)
        self.hips = self.height("pelvis") / leg
        self.knees = torch.stack(
            [self.bend(f"{s}_hip", f"{s}_knee", f"{s}_ankle") for s in ("left", "right")], 1
        )
        self.thighs = torch.stack(
            [self.fall(self.at(f"{s}_knee") - self.at(f"{s}_hip")) for s in ("left", "right")], 1
        )
        self.shanks = torch.stack(
            [self.fall(self.at(f"{s}_ankle") - self.at(f"{s}_knee")) for s in ("left", "right")], 1
        )

    def at(self, joint: str) -> Tensor:
        return self.joints[:, JOINT_NAMES.index(joint)]

    def height(self, joint: str) -> Tensor:
        """Return the height of a joint above the lowest one, metres."""
        return self.at(joint)[:, 1] - self.floor

    def both(self, part: str) -> Tensor:
        """Heights (N, 2) of a left and a right joint."""
        return torch.stack([self.height(f"{side}_{part}") for side in ("left", "right")], 1)

    def bend(self, start: str, middle: str, end: str) -> Tensor:
        """Degrees by which a limb is bent, 0 where it is straight."""
        first, second = self.at(middle) - self.at(start), self.at(end) - self.at(middle)
        return (normalize(first, dim=-1) * normalize(second, dim=-1)).sum(-1).clamp(-1, 1).acos().rad2deg()

    @staticmethod
    def fall(bone: Tensor) -> Tensor:
        """Degrees of bones to straight down."""
        return (-normalize(bone, dim=-1)[:, 1]).clamp(-1, 1).acos().rad2deg()

    @property
    def lying(self) -> Tensor:
        return (self.tilt > 60) & (self.tilt < 120) & (self.hips < 0.4)


def _standing(f: _Figures) -> Tensor:
    return (f.tilt < 30) & (f.hips > 0.75) & (f.knees < 60).all(1)


def _arms_down(f: _Figures) -> Tensor:
    return _standing(f) & (f.both("wrist") < f.height("spine3")[:, None]).all(1)


def _sitting(f: _Figures) -> Tensor:
    """Trunk upright, both thighs near level, knees bent, and not on the knees."""
    level = ((f.thighs > 50) & (f.thighs < 120)).all(1)
    return (f.tilt < 45) & level & (f.knees > 40).all(1) & ~_kneeling(f)


def _kneeling(f: _Figures) -> Tensor:
    """A knee on the floor with its shank level, the trunk upright."""
    down = (f.both("knee") < 0.12) & (f.shanks > 60) & (f.thighs < 80)
    return (f.tilt < 50) & down.any(1)


def _all_fours(f: _Figures) -> Tensor:
    hands, knees = (f.both("wrist") < 0.2).any(1), (f.both("knee") < 0.3).any(1)
    return (f.tilt > 50) & (f.tilt < 130) & (f.chest[:, 1] < -0.5) & hands & knees & (f.hips >= 0.3)


def _raised(f: _Figures) -> Tensor:
    """Return a mask (N, 2) of wrists above the head of an upright person."""
    return (f.both("wrist") > f.height("head")[:, None]) & (f.tilt < 60)[:, None]


def _lifted(f: _Figures) -> Tensor:
    """Return a mask (N,) of upright people with an ankle well above the other leg's knee."""
    return (f.both("ankle") > f.both("knee").flip(1) + 0.1).any(1) & (f.tilt < 60)


def _twist(f: _Figures) -> Tensor:
    """Degrees by which the shoulders are turned against the hips about the trunk."""
    pelvis, chest = (f.turns[:, JOINT_NAMES.index(name)] for name in ("pelvis", "spine3"))
    return matrix_to_rotvec(pelvis.mT @ chest)[:, 1].abs().rad2deg()


_KINDS: dict[str, Callable[[_Figures], Tensor]] = {
    "standing or walking": _standing,
    "... arms down": _arms_down,
    "a wrist above the head": lambda f: _raised(f).any(1),
    "both wrists above the head": lambda f: _raised(f).all(1),
    "sitting": _sitting,
    "... on the floor, or a deep squat": lambda f: (f.tilt < 45) & (f.hips < 0.4) & (f.thighs > 50).all(1),
    "kneeling": _kneeling,
    "on all fours": _all_fours,
    "lying on the back": lambda f: f.lying & (f.chest[:, 1] > 0.6),
    "lying on the front": lambda f: f.lying & (f.chest[:, 1] < -0.6),
    "lying on a side": lambda f: f.lying & (f.chest[:, 1].abs() <= 0.6),
    "trunk bent > 45°": lambda f: f.tilt > 45,
    "trunk level (70° to 110°)": lambda f: (f.tilt > 70) & (f.tilt < 110),
    "upside down (> 120°)": lambda f: f.tilt > 120,
    "trunk twisted > 30°": lambda f: _twist(f) > 30,
    "both knees bent > 80°": lambda f: (f.knees > 80).all(1),
    "one knee bent > 80°": lambda f: (f.knees > 80).sum(1) == 1,
    "a foot above the other knee": _lifted,
    "thighs > 60° apart": lambda f: _apart(f) > 60,
}


def _apart(f: _Figures) -> Tensor:
    """Degrees between the thighs."""
    left, right = (normalize(f.at(f"{s}_knee") - f.at(f"{s}_hip"), dim=-1) for s in ("left", "right"))
    return (left * right).sum(-1).clamp(-1, 1).acos().rad2deg()


def kinds_of(rotations: Tensor, skeleton: Skeleton) -> dict[str, Tensor]:
    """Return by kind a mask (N,) of the poses (N, 24, 3, 3), y up, of that kind."""
    hip, knee, ankle = (skeleton.rest[JOINT_NAMES.index(f"left_{name}")] for name in ("hip", "knee", "ankle"))
    leg = float((knee - hip).norm() + (ankle - knee).norm())
    figures = _Figures(*skeleton.pose(rotations), leg)
    return {name: is_kind(figures) for name, is_kind in _KINDS.items()}


def coverage(path: Path, skeleton: Skeleton) -> Coverage:
    """Return what the pose library in a file covers.

    Raises:
        LibraryError: it is no pose library.
    """
    library, arrays = load_library([path]), read_arrays(path)
    kinds = {
        name: Share(int(those.sum()), float(those.float().mean()), float(library.weights[those].sum()))
        for name, those in kinds_of(library.rotations, skeleton).items()
    }
    largest = np.abs(arrays["poses"]).max((0, 2))
    return Coverage(
        poses=len(library),
        trials=len(np.unique(arrays["trial"])),
        subjects=len(np.unique(arrays["subject"])) if "subject" in arrays else 0,
        kinds=kinds,
        never_turned=[name for name, turn in zip(JOINT_NAMES, largest, strict=True) if turn < _STILL],
    )
