"""The motion-capture protocol: 14 joints, clean and noisy 2D, the error of every iterate."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import JOINT_NAMES, NUM_BETAS
from model.data.augment import AugmentConfig
from model.data.keypoint_noise import DetectorConfig
from model.data.library import PoseLibrary
from model.data.synthesis import SynthesisConfig, Truth, observe
from model.data.viewpoint import ViewConfig
from model.evaluate.metrics import EVALUATED, mpjpe, pa_mpjpe
from model.fit.objective import Evaluation, evaluate
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace, start
from model.optimizer.unroll import Trajectory

# Heading uniform, pitch and roll to 20 degrees as in the paper; the camera's focal length is known.
CLEAN = SynthesisConfig(
    augment=AugmentConfig(mirror=0.0, exchange=0.0, exchange_arm=0.0, shake=0.0),
    view=ViewConfig(pitch=20.0, roll=20.0, anyhow=0.0, nearest=3.0, farthest=8.0),
    detector=DetectorConfig(perfect=1.0),
    unknown_camera=0.0,
    focal_error=0.0,
    definition=0.0,
)
NOISY = replace(
    CLEAN,
    detector=DetectorConfig(
        perfect=0.0, jitter=0.01, loose_jitter=1.0, fixed_jitter=True, dropped=0.1, fixed_dropped=True,
        no_lower=0.08, no_upper=0.0, no_side=0.0, no_feet=0.0, swapped=0.0, outliers=0.0, honest=1.0,
    ),
)  # fmt: skip
PROTOCOLS = {"clean": CLEAN, "noisy": NOISY}
_BATCH = 256


@dataclass(frozen=True)
class StepErrors:
    """Means over people, one number per iterate, the initializer's first.

    Attributes:
        pa_mpjpe_mm, mpjpe_mm: 14 joints, millimetres; the latter relative to the middle of the hips.
        error_2d: confidence-weighted distance from the detections, percent of the box.
    """

    pa_mpjpe_mm: list[float]
    mpjpe_mm: list[float]
    error_2d: list[float]


class Fit(Protocol):
    """A fit to measure: a `Recovery`, or anything else that fits people step by step."""

    def trajectory(
        self, body: Body, observation: Observation, steps: int, /
    ) -> tuple[PoseSpace, Trajectory[Evaluation]]:
        """Return the pose space and the trajectory of so many steps."""


def evaluate_poses(
    recovery: Fit,
    body: Body,
    library: PoseLibrary,
    steps: int,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> dict[str, StepErrors]:
    """Errors under each protocol, every pose of the library seen once from a random viewpoint.

    Args:
        recovery: the evaluated network.
        body: the body that it fits.
        library: poses; their weights play no part.
        steps: steps of L-SR1.
        seed: of viewpoints, shapes and noise.
        progress: called with a line for each part.
    """
    results = {}
    for name, config in PROTOCOLS.items():
        if progress:
            progress(f"{name}: {len(library)} poses")
        results[name] = evaluate_people(recovery, body, *_people(library, body, config, seed), steps)
    return results


def true_errors_2d(body: Body, library: PoseLibrary, *, seed: int = 0) -> dict[str, float]:
    """Return the 2D error of the true bodies under each protocol, which no fit should be much below.

    The people are those of `evaluate_poses`; percent of the box, as its `error_2d`.
    """
    errors = {}
    for name, config in PROTOCOLS.items():
        observation, truth = _people(library, body, config, seed)
        x, space = start(truth.rotations, truth.betas)
        residual = evaluate(x, space, body, observation).residual
        errors[name] = float(mean_distance(residual, observation.confidence).mean() * 100)
    return errors


def _people(
    library: PoseLibrary, body: Body, config: SynthesisConfig, seed: int
) -> tuple[Observation, Truth]:
    generator = torch.Generator().manual_seed(seed)
    betas = torch.randn(len(library), NUM_BETAS, generator=generator).clamp(-3, 3)
    return observe(library.rotations, betas, body, config, generator)


@torch.no_grad()
def evaluate_people(
    recovery: Fit, body: Body, observation: Observation, truth: Truth, steps: int
) -> StepErrors:
    """Errors of each iterate on given people."""
    rows = []
    for first in range(0, len(truth.betas), _BATCH):
        part = slice(first, first + _BATCH)
        some = Observation(*(value[part] for value in observation))
        _, trajectory = recovery.trajectory(body, some, steps)
        errors_2d = [mean_distance(e.residual, some.confidence) for e in trajectory.evaluations]
        joints = [e.skeleton.joints for e in trajectory.evaluations]
        true = truth.joints[part]
        rows.append(torch.stack([_row(j, true, e) for j, e in zip(joints, errors_2d, strict=True)]))
    means = torch.cat(rows, 2).mean(2)
    return StepErrors(*(means[:, column].tolist() for column in range(3)))


def mean_distance(residual: Tensor, confidence: Tensor) -> Tensor:
    """Confidence-weighted mean length (B,) of residuals (B, J, 2)."""
    distance: Tensor = residual.norm(dim=-1)
    return (distance * confidence).sum(1) / confidence.sum(1)


def _row(joints: Tensor, truth: Tensor, error_2d: Tensor) -> Tensor:
    found, true = joints[:, EVALUATED], truth[:, EVALUATED]
    hips = [EVALUATED.index(JOINT_NAMES.index(name)) for name in ("left_hip", "right_hip")]
    centred, centred_true = (p - p[:, hips].mean(1, keepdim=True) for p in (found, true))
    millimetres = 1000.0
    return torch.stack(
        [
            pa_mpjpe(found, true) * millimetres,
            mpjpe(centred, centred_true) * millimetres,
            error_2d * 100,
        ]
    )
