"""The meta-loss: how good a whole trajectory is, the initializer's answer included (METHOD, section 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.data.synthesis import Truth
from model.descent import Trajectory
from model.objective import OBJECTIVE_SCALE, Evaluation
from model.pose_space import PoseSpace


@dataclass(frozen=True)
class LossConfig:
    """Weights of the parts.

    Attributes:
        rotation: of the mean absolute difference of rotation matrices (axis-angle would wrap).
        joints: of the mean distance of joints, metres, relative to the middle of the hips.
        betas: of the mean absolute difference of shape.
        reprojection: of the 2D error, share of the box.
        secant: of |Bq - p|^2, which teaches the metric the secant condition.
        late: weight of the last iterate's loss relative to the first's; those between go evenly.
    """

    rotation: float = 1.0
    joints: float = 3.0
    betas: float = 0.05
    reprojection: float = 1.0
    secant: float = 1.0
    late: float = 1.0


# Joints that are scored twice and more when training, since errors add up towards the ends of limbs.
_JOINT_WEIGHT = torch.tensor(
    [0.0 if name.endswith("hand") else 2.0 if name.endswith(("wrist", "ankle")) else 1.5
     if name.endswith(("elbow", "knee")) else 1.0 for name in JOINT_NAMES]
)  # fmt: skip
_HIPS = [JOINT_NAMES.index("left_hip"), JOINT_NAMES.index("right_hip")]


def meta_loss(
    trajectory: Trajectory[Evaluation], space: PoseSpace, truth: Truth, config: LossConfig
) -> tuple[Tensor, dict[str, float]]:
    """Loss (scalar) of a batch of trajectories, and its parts for the log."""
    steps = len(trajectory.points)
    weights = torch.linspace(1.0, config.late, steps) if steps > 1 else torch.ones(1)
    weights = weights / weights.sum()
    parts: dict[str, Tensor] = {}
    for weight, x, evaluation in zip(weights, trajectory.points, trajectory.evaluations, strict=True):
        for name, value in _errors(x, evaluation, space, truth).items():
            parts[name] = parts.get(name, torch.zeros(())) + weight * value
    loss = sum((getattr(config, name) * value for name, value in parts.items()), torch.zeros(()))
    if trajectory.secants:
        # On the first step there is no past, hence nothing to meet.
        parts["secant"] = torch.stack([secant.mean() for secant in trajectory.secants]).mean()
        loss = loss + config.secant * parts["secant"]
    return loss, {name: float(value.detach()) for name, value in parts.items()}


def _errors(x: Tensor, evaluation: Evaluation, space: PoseSpace, truth: Truth) -> dict[str, Tensor]:
    rotations, betas = space.decode(x)
    distance = (centred(evaluation.skeleton.joints) - centred(truth.joints)).norm(dim=-1)
    return {
        "rotation": (rotations - truth.rotations).abs().mean(),
        "joints": (distance * _JOINT_WEIGHT).sum(1).mean() / _JOINT_WEIGHT.sum(),
        "betas": (betas - truth.betas).abs().mean(),
        "reprojection": evaluation.value.mean() / OBJECTIVE_SCALE,
    }


def centred(joints: Tensor) -> Tensor:
    """Joints (B, 24, 3) relative to the middle of the hips."""
    return joints - joints[:, _HIPS].mean(1, keepdim=True)
