"""Checks of a recording's frames: poses beyond human limits and jumps are left out, with the reason."""

from collections import Counter
from dataclasses import dataclass, field

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.rotation import matrix_to_rotvec

# Largest turn of a joint from SMPL's zero, degrees. A little beyond what careful libraries hold: elbows
# include half of the forearm's roll, shoulders the way from the T-pose.
_LIMITS = {
    "hip": 150, "knee": 165, "ankle": 80, "foot": 65, "spine1": 80, "spine2": 60, "spine3": 65, "neck": 65,
    "head": 80, "collar": 60, "shoulder": 165, "elbow": 165, "wrist": 95, "hand": 180, "pelvis": 180.1,
}  # fmt: skip
_LARGEST = torch.tensor([float(_LIMITS[name.split("_")[-1]]) for name in JOINT_NAMES]).deg2rad()
_WRISTS = [JOINT_NAMES.index("left_wrist"), JOINT_NAMES.index("right_wrist")]
_KNEES = [JOINT_NAMES.index("left_knee"), JOINT_NAMES.index("right_knee")]

# Wrists and toes are reset or cut off at limits, which makes steps that are no faults.
_STEADY = [i for i, name in enumerate(JOINT_NAMES) if not name.endswith(("wrist", "hand", "foot"))]

_BACKWARDS, _SIDEWAYS = 22.0, 45.0  # degrees of a knee
_FARTHEST = 60.0  # degrees that a joint turns from a frame to the next
_T_POSE = 15.0  # degrees: whoever stands, even at attention, has the arms farther from SMPL's zero

NOT_FINITE, T_POSE, LIMITS, KNEES, JUMP = (
    "not finite",
    "T-pose",
    "joint beyond human limits",
    "knee bent backwards or sideways",
    "jump",
)


@dataclass
class Tally:
    """Counts of an import's frames.

    Attributes:
        read: frames on the grid of 30 a second (all poses, where they have no order).
        left_out: how many of them for each reason; a frame counts once.
        changed: how many were kept with a change.
    """

    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        """Frames that were read and not left out."""
        return self.read - self.left_out.total()

    def add(self, other: "Tally") -> None:
        """Count another import's frames too."""
        self.read += other.read
        self.left_out.update(other.left_out)
        self.changed.update(other.changed)


def faults(rotations: Tensor, in_order: bool) -> dict[str, Tensor]:
    """Return by reason a mask (M,) of the poses (M, 24, 3, 3) to leave out.

    Args:
        rotations: relative to each parent.
        in_order: they are consecutive frames, 30 a second, so that jumps show.
    """
    angles = matrix_to_rotvec(rotations).norm(dim=-1)
    found = {
        NOT_FINITE: ~rotations.isfinite().flatten(1).all(1),
        T_POSE: (angles[:, 1:].rad2deg() < _T_POSE).all(1),
        LIMITS: (angles > _LARGEST.to(angles)).any(1),
        KNEES: _bad_knees(rotations[:, _KNEES]),
    }
    if in_order:
        found[JUMP] = _beside_jumps(rotations)
    return found


def first_faults(found: dict[str, Tensor]) -> tuple[Tensor, Counter[str]]:
    """Return which poses (M,) have no fault, and the count of the others, each by its first reason."""
    good = torch.ones_like(next(iter(found.values())))
    counts: Counter[str] = Counter()
    for reason, bad in found.items():
        counts[reason] = int((good & bad).sum())
        good = good & ~bad
    return good, +counts


def straighten_wrists(rotations: Tensor) -> tuple[Tensor, int]:
    """Poses with wrists beyond their limit set to zero, and how many poses that changed.

    Such wrists are noise of markers on the hand; the rest of the pose is good.
    """
    beyond = matrix_to_rotvec(rotations[:, _WRISTS]).norm(dim=-1) > _LARGEST[_WRISTS].to(rotations)
    straight = rotations.clone()
    straight[:, _WRISTS] = torch.where(
        beyond[..., None, None], torch.eye(3).to(rotations), rotations[:, _WRISTS]
    )
    return straight, int(beyond.any(1).sum())


def _bad_knees(knees: Tensor) -> Tensor:
    """Return knees bent impossibly: in the thigh's frame a shank swings back, hardly forwards or sideways."""
    shank = -knees[..., :, 1]
    backwards = torch.atan2(shank[..., 2], -shank[..., 1]).rad2deg()
    sideways = shank[..., 0].clamp(-1, 1).asin().abs().rad2deg()
    return ((backwards > _BACKWARDS) | (sideways > _SIDEWAYS)).any(1)


def _beside_jumps(rotations: Tensor) -> Tensor:
    """Both frames of each pair between which a joint turns too far; either may be wrong."""
    steady = rotations[:, _STEADY]
    turns = matrix_to_rotvec(steady[:-1].mT @ steady[1:]).norm(dim=-1).rad2deg()
    jump = (turns > _FARTHEST).any(1)
    beside = torch.zeros(len(rotations), dtype=torch.bool)
    beside[:-1] |= jump
    beside[1:] |= jump
    return beside
