"""An actor's posture: removes the offsets of markers from CMU's rest frames.

Each actor's rest frame is biased (the pelvis' pitch by some degrees), so the middle posture of the frames in
which the actor stands upright counts as SMPL's zero, and the middle pitch of planted feet as flat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from model.data.importing.motion import Motion
from model.rotation import matrix_to_rotvec, rotvec_to_matrix

TRUNK = ("root", "lowerback", "upperback", "thorax", "lowerneck", "upperneck", "head")

# Fewest frames, at 30 per second, that determine a posture.
_FEWEST = 15
_UPRIGHT, _STRAIGHT = 25.0, 30.0  # degrees of the trunk's tilt and of a knee
_VERTICAL = 20.0  # degrees of thigh and shank above a planted foot


@dataclass(frozen=True)
class Posture:
    """Offsets of an actor's rest frame.

    Attributes:
        trunk: for bones of the trunk the rotation (3, 3) in which they stand upright; none if unknown.
        feet: for each foot's bone the pitch at which it is flat, radians upwards; none if unknown.
    """

    trunk: dict[str, Tensor] = field(default_factory=dict)
    feet: dict[str, Tensor] = field(default_factory=dict)


def heading(turn: Tensor) -> Tensor:
    """Rotation (..., 3, 3) about y that is closest to a rotation (..., 3, 3)."""
    yaw = torch.atan2(turn[..., 0, 2] - turn[..., 2, 0], turn[..., 0, 0] + turn[..., 2, 2])
    return rotvec_to_matrix(yaw[..., None] * torch.tensor([0.0, 1.0, 0.0]).to(turn))


def actors_posture(motions: Sequence[Motion]) -> Posture:
    """The posture of the one actor of some motions, as far as it shows in them."""
    standing = [_standing(motion) for motion in motions]
    if sum(int(rows.sum()) for rows in standing) < _FEWEST:
        return Posture()
    trunk: dict[str, Tensor] = {}
    for bone in TRUNK:
        turns = [
            heading(motion.turns["root"][rows]).mT @ motion.turns[bone][rows]
            for motion, rows in zip(motions, standing, strict=True)
        ]
        trunk[bone] = rotvec_to_matrix(matrix_to_rotvec(torch.cat(turns)).median(0).values)
    feet: dict[str, Tensor] = {}
    for side in "lr":
        pitches = torch.cat([_planted_pitches(motion, side) for motion in motions])
        if len(pitches) >= _FEWEST:
            feet[f"{side}foot"] = pitches.median()
    return Posture(trunk, feet)


def _standing(motion: Motion) -> Tensor:
    """Frames (F,) in which the trunk is upright and both knees are straight."""
    upright = (_up(motion.turns["root"]) < _UPRIGHT) & (_up(motion.turns["thorax"]) < _UPRIGHT)
    for side in "lr":
        thigh, shank = (_direction(motion, side + bone) for bone in ("femur", "tibia"))
        upright &= _angle(thigh, shank) < _STRAIGHT
    return upright


def _planted_pitches(motion: Motion, side: str) -> Tensor:
    """Pitch of a foot, radians upwards, in the frames in which the leg above it is vertical."""
    down = torch.tensor([0.0, -1.0, 0.0]).double()
    planted = torch.ones(len(motion.turns["root"]), dtype=torch.bool)
    for bone in ("femur", "tibia"):
        planted &= _angle(_direction(motion, side + bone), down) < _VERTICAL
    return _direction(motion, f"{side}foot")[planted, 1].clamp(-1, 1).asin()


def _direction(motion: Motion, bone: str) -> Tensor:
    """Direction (F, 3) of a bone in the world."""
    return motion.turns[bone] @ motion.directions[bone]


def _up(turn: Tensor) -> Tensor:
    """Angle (F,), degrees, of a bone's y axis to the world's."""
    return turn[:, 1, 1].clamp(-1, 1).acos().rad2deg()


def _angle(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum(-1).clamp(-1, 1).acos().rad2deg()
