"""The meta-loss: how good a whole trajectory is, the initializer's answer included (METHOD, section 3)."""

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.data.synthesis import Truth
from model.evaluate.metrics import EVALUATED, pa_mpjpe
from model.fit.objective import OBJECTIVE_SCALE, Evaluation
from model.fit.pose_space import PoseSpace
from model.optimizer.unroll import Trajectory
from model.train.config import LossConfig

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
    errors = _errors(trajectory, space, truth, config.corner)
    parts = {name: weights @ values for name, values in errors.items()}
    loss = sum((getattr(config, name) * value for name, value in parts.items()), torch.zeros(()))
    if trajectory.secants:
        # The first step has no past, hence no secant condition.
        parts["secant"] = torch.stack([secant.mean() for secant in trajectory.secants]).mean()
        loss = loss + config.secant * parts["secant"]
    return loss, {name: float(value.detach()) for name, value in parts.items()}


def _errors(
    trajectory: Trajectory[Evaluation], space: PoseSpace, truth: Truth, corner: float
) -> dict[str, Tensor]:
    """Each part's mean over the people, for each iterate (K + 1,): all at once, which is quicker."""
    x = torch.stack(trajectory.points)
    spaces = PoseSpace(*(part.expand(len(x), *part.shape).flatten(0, 1) for part in space))
    rotations, betas = (part.unflatten(0, x.shape[:2]) for part in spaces.decode(x.flatten(0, 1)))
    joints = torch.stack([evaluation.skeleton.joints for evaluation in trajectory.evaluations])
    values = torch.stack([evaluation.value for evaluation in trajectory.evaluations])
    aligned = pa_mpjpe(
        joints[..., EVALUATED, :].flatten(0, 1), truth.joints[:, EVALUATED].repeat(len(x), 1, 1)
    )
    distance = (centred(joints) - centred(truth.joints)).norm(dim=-1)
    return {
        "rotation": _counted((rotations - truth.rotations).abs().mean((-1, -2)), corner).flatten(1).mean(1),
        "joints": (distance @ _JOINT_WEIGHT).mean(1) / _JOINT_WEIGHT.sum(),
        "aligned": aligned.unflatten(0, x.shape[:2]).mean(1),
        "betas": (betas - truth.betas).abs().flatten(1).mean(1),
        "reprojection": values.mean(1) / OBJECTIVE_SCALE,
    }


def _counted(difference: Tensor, corner: float) -> Tensor:
    """A difference as it counts, see `LossConfig.corner`."""
    return corner * (difference / corner).log1p() if corner else difference


def centred(joints: Tensor) -> Tensor:
    """Joints (..., 24, 3) relative to the middle of the hips."""
    return joints - joints[..., _HIPS, :].mean(-2, keepdim=True)
