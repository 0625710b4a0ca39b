"""Retargeting of CMU's bones to SMPL's joints: each SMPL bone gets direction and roll of the recorded one."""

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES, NUM_JOINTS, PARENTS
from model.data.importing.clip import ClipError
from model.data.importing.motion import Motion
from model.data.importing.posture import Posture
from model.data.skeleton import Skeleton
from model.rotation import matrix_to_rotvec, rotation_between, rotvec_to_matrix

_LIMBS = ("femur", "tibia", "foot", "toes", "humerus", "radius", "wrist", "hand")
_NEEDED = (
    *("root", "lowerback", "upperback", "thorax", "lowerneck", "upperneck", "head"),
    *(side + limb for side in "lr" for limb in _LIMBS),
)

_TRUNK = {"pelvis": "root", "spine1": "lowerback", "spine2": "upperback", "spine3": "thorax", "head": "head"}
_SIDES = {"l": "left", "r": "right"}
_MOST_TOES = torch.pi / 4

# The collar's rise, degrees, by the arm's elevation: down, level, overhead. CMU never moves its clavicles.
_ARM, _COLLAR = (-90.0, 0.0, 90.0), (-7.0, 0.0, 22.0)
_COLLAR_FORWARD = 5.0  # degrees with the arm straight ahead


def check_bones(motion: Motion) -> None:
    """ClipError if a motion lacks a bone that the conversion needs."""
    missing = [bone for bone in _NEEDED if bone not in motion.turns]
    if missing:
        raise ClipError(f"its skeleton is not CMU's: it lacks {', '.join(missing)}")


def to_smpl(motion: Motion, posture: Posture, skeleton: Skeleton) -> Tensor:
    """Rotations (F, 24, 3, 3) float64, relative to each parent, y up, of a motion of CMU's skeleton.

    Collars are synthetic, a small rhythm by the arm's direction; hands are zero.

    Args:
        motion: of a skeleton that has passed `check_bones`.
        posture: of the actor.
        skeleton: of SMPL, for the directions of its bones at rest.
    """
    world = torch.empty(len(motion.turns["root"]), NUM_JOINTS, 3, 3, dtype=torch.float64)
    for joint, bone in _TRUNK.items():
        world[:, _joint(joint)] = _upright(motion, posture, bone)
    world[:, _joint("neck")] = _halfway(
        _upright(motion, posture, "lowerneck"), _upright(motion, posture, "upperneck")
    )
    for side in "lr":
        _leg(world, side, motion, posture, skeleton)
        _arm(world, side, motion, skeleton)
    above = [world[:, parent].mT for parent in PARENTS[1:]]
    return torch.cat([world[:, :1], torch.stack(above, 1) @ world[:, 1:]], 1)


def _leg(world: Tensor, side: str, motion: Motion, posture: Posture, skeleton: Skeleton) -> None:
    """CMU's legs are spread at rest, SMPL's nearly are not: the spread is taken out first."""
    down = torch.tensor([0.0, -1.0, 0.0]).double()
    spread = rotation_between(motion.directions[f"{side}femur"], down)
    hip, knee, ankle, foot = (_joint(f"{_SIDES[side]}_{name}") for name in ("hip", "knee", "ankle", "foot"))
    turns = {limb: motion.turns[side + limb] @ spread.mT for limb in _LIMBS[:4]}
    rest = {limb: spread @ motion.directions[side + limb] for limb in _LIMBS[:3]}
    world[:, hip] = turns["femur"] @ rotation_between(skeleton.direction(hip, knee), rest["femur"])
    world[:, knee] = turns["tibia"] @ rotation_between(skeleton.direction(knee, ankle), rest["tibia"])
    pitch = rest["foot"][1].clamp(-1, 1).asin() - posture.feet.get(f"{side}foot", rest["foot"][1].asin())
    level = _yaw(rest["foot"]) @ _about(0, -pitch) @ _yaw(skeleton.direction(ankle, foot)).mT
    world[:, ankle] = turns["foot"] @ level
    toes = matrix_to_rotvec(turns["foot"].mT @ turns["toes"])[:, 0].clamp(-_MOST_TOES, _MOST_TOES)
    world[:, foot] = world[:, ankle] @ _about(0, toes)


def _arm(world: Tensor, side: str, motion: Motion, skeleton: Skeleton) -> None:
    """Half of the forearm's roll goes into the elbow, half into the wrist."""
    names = ("collar", "shoulder", "elbow", "wrist", "hand")
    collar, shoulder, elbow, wrist, hand = (_joint(f"{_SIDES[side]}_{name}") for name in names)
    upper, fore = motion.directions[f"{side}humerus"], motion.directions[f"{side}radius"]
    chest = world[:, _joint("spine3")]
    arm = motion.turns[f"{side}humerus"] @ upper
    world[:, collar] = chest @ _rhythm((chest.mT @ arm[..., None])[..., 0], 1.0 if side == "l" else -1.0)
    to_upper = rotation_between(skeleton.direction(shoulder, elbow), upper)
    to_fore = rotation_between(skeleton.direction(elbow, wrist), fore)
    world[:, shoulder] = motion.turns[f"{side}humerus"] @ to_upper
    roll = _twist(motion.turns[f"{side}radius"].mT @ motion.turns[f"{side}wrist"], fore)
    world[:, elbow] = motion.turns[f"{side}radius"] @ rotvec_to_matrix(roll[:, None] / 2 * fore) @ to_fore
    world[:, wrist] = motion.turns[f"{side}hand"] @ to_fore
    world[:, hand] = world[:, wrist]


def _rhythm(arm: Tensor, sign: float) -> Tensor:
    """The collar's rotation (F, 3, 3) for directions of the upper arm (F, 3) in the chest's frame."""
    elevation = arm[:, 1].clamp(-1, 1).asin().rad2deg()
    below = elevation.clamp_max(0.0) / _ARM[0] * _COLLAR[0]
    above = elevation.clamp_min(0.0) / _ARM[2] * _COLLAR[2]
    rise = sign * (below + above).deg2rad()
    forward = -sign * (arm[:, 2].clamp_min(0.0) * _COLLAR_FORWARD).deg2rad()
    return rotvec_to_matrix(torch.stack([torch.zeros_like(rise), forward, rise], 1))


def _upright(motion: Motion, posture: Posture, bone: str) -> Tensor:
    turn = motion.turns[bone]
    return turn @ posture.trunk[bone].mT if bone in posture.trunk else turn


def _halfway(one: Tensor, other: Tensor) -> Tensor:
    return one @ rotvec_to_matrix(matrix_to_rotvec(one.mT @ other) / 2)


def _twist(turn: Tensor, axis: Tensor) -> Tensor:
    """Angle (F,) of the part of a rotation (F, 3, 3) that is about an axis (3,) of length one.

    Of the quaternion (w, v) it is 2 atan2(v . axis, w); twice w and v are read off trace and skew part.
    """
    skew = torch.stack(
        [turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], 1
    )
    trace = turn.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 2 * torch.atan2(skew @ axis, 1 + trace)


def _about(axis: int, angle: Tensor) -> Tensor:
    vector = torch.zeros(*angle.shape, 3, dtype=torch.float64)
    vector[..., axis] = angle
    return rotvec_to_matrix(vector)


def _yaw(direction: Tensor) -> Tensor:
    """Rotation (3, 3) about y from +z to where a direction (3,) heads."""
    return _about(1, torch.atan2(direction[0], direction[2]))


def _joint(name: str) -> int:
    return JOINT_NAMES.index(name)
