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
_HANDS = [JOINT_NAMES.index("left_hand"), JOINT_NAMES.index("right_hand")]


@dataclass(frozen=True)
class AugmentConfig:
    """How often, and how far, poses are changed.

    Attributes:
        mirror: share of poses mirrored.
        exchange: share of poses that get another pose's legs.
        exchange_arm: share of poses that get another pose's left arm; as many get another right arm.
        shake: share of poses with slightly turned joints.
        shake_angle: standard deviation of that, radians.
    """

    mirror: float = 0.5
    exchange: float = 0.3
    exchange_arm: float = 0.15
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
    return torch.where(chosen(config.shake), _shake(poses, config.shake_angle, generator), poses)


def _shake(poses: Tensor, angle: float, generator: torch.Generator) -> Tensor:
    noise = torch.randn(poses.shape[:-1], generator=generator) * angle
    noise[:, _HANDS] = 0.0
    return rotvec_to_matrix(noise) @ poses
