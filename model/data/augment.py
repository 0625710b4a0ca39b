"""Augmentation of poses: mirroring, combining two, and shaking."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.fit.mirror import mirror_rotations
from model.rotation import rotvec_to_matrix

_ARM_JOINTS = ("collar", "shoulder", "elbow", "wrist", "hand")
_LEGS = [i for i, name in enumerate(JOINT_NAMES) if name.endswith(("hip", "knee", "ankle", "foot"))]
_ARMS = [
    [i for i, name in enumerate(JOINT_NAMES) if name.startswith(side) and name.endswith(_ARM_JOINTS)]
    for side in ("left", "right")
]
_KNEES = [place for place, joint in enumerate(_LEGS) if JOINT_NAMES[joint].endswith("knee")]
# Standard deviations, radians, of how a straight leg's joints are turned about each axis, and of the pelvis.
_STANDING = torch.tensor(
    [[0.02, 0.02, 0.02] if place in _KNEES else [0.05, 0.08, 0.05] for place in range(len(_LEGS))]
)
_STANDING[_KNEES, 0] = 0.06
_TILT = 0.05
_HANDS = [JOINT_NAMES.index("left_hand"), JOINT_NAMES.index("right_hand")]


@dataclass(frozen=True)
class AugmentConfig:
    """Frequencies and sizes of the changes.

    Attributes:
        mirror: share of poses mirrored.
        exchange: share of poses that get another pose's legs.
        exchange_arm: share of poses that get another pose's left arm; as many get another right arm.
        straight: share of poses that are made to stand upright on straight legs.
        shake: share of poses with slightly turned joints.
        shake_angle: standard deviation of that, radians.
    """

    mirror: float = 0.5
    exchange: float = 0.3
    exchange_arm: float = 0.15
    straight: float = 0.0
    shake: float = 0.5
    shake_angle: float = 0.08


def augment(poses: Tensor, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Augmented copies of poses (B, 24, 3, 3), rotations relative to each parent."""

    def chosen(share: float) -> Tensor:
        return torch.rand(len(poses), 1, 1, 1, generator=generator) < share

    poses = torch.where(chosen(config.mirror), mirror_rotations(poses), poses)
    shares = (config.exchange, config.exchange_arm, config.exchange_arm)
    for limb, share in zip((_LEGS, *_ARMS), shares, strict=True):
        other = poses[torch.randperm(len(poses), generator=generator)]
        exchanged = poses.clone()
        exchanged[:, limb] = other[:, limb]
        poses = torch.where(chosen(share), exchanged, poses)
    poses = torch.where(chosen(config.shake), _shake(poses, config.shake_angle, generator), poses)
    if not config.straight:  # and no random numbers used up
        return poses
    return torch.where(chosen(config.straight), stand_straight(poses, generator), poses)


def stand_straight(poses: Tensor, generator: torch.Generator) -> Tensor:
    """Poses (B, 24, 3, 3) on straight legs below an upright pelvis; heading and trunk stay as they are.

    Of standing people pictures show most, and capture least: it is busy with whoever moves.
    """
    noise = torch.randn(len(poses), len(_LEGS), 3, generator=generator) * _STANDING
    noise[:, _KNEES, 0] = noise[:, _KNEES, 0].abs()  # knees bend one way only
    standing = poses.clone()
    standing[:, _LEGS] = rotvec_to_matrix(noise)
    ahead = poses[:, 0, :, 2]
    heading = torch.atan2(ahead[:, 0], ahead[:, 2])
    tilt = torch.randn(len(poses), 3, generator=generator) * _TILT
    standing[:, 0] = rotvec_to_matrix(heading[:, None] * torch.eye(3)[1]) @ rotvec_to_matrix(tilt)
    return standing


def _shake(poses: Tensor, angle: float, generator: torch.Generator) -> Tensor:
    noise = torch.randn(poses.shape[:-1], generator=generator) * angle
    noise[:, _HANDS] = 0.0
    return rotvec_to_matrix(noise) @ poses
