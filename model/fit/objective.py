"""The objective of a fit: distance between a body's projected keypoints and the detected ones, per person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.body import Body, PosedSkeleton
from model.body.joints import NUM_BETAS
from model.body.vjp import vjp
from model.camera import NEAREST_DEPTH, closed_form_translation, vjp_translation
from model.fit.observation import Observation
from model.fit.pose_space import NUM_FREE_JOINTS, PoseSpace
from model.keypoints.names import NUM_CANONICAL
from model.rotation import vjp_rotvec

# One fixed number, so that a person's step length does not depend on the batch. So small that the objective's
# curvature is mostly below one: L-SR1's metric is never below the identity, so it could not meet the secant
# condition where the curvature is larger.
OBJECTIVE_SCALE = 0.2

# Below this distance (share of the box) a residual counts as its square, above as itself: smooth at the
# optimum and linear for outliers.
CORNER = 0.02

# In standard deviations of the body's population; beyond them a mesh no longer looks like a body.
_MAX_BETA = 5.0


class Evaluation(NamedTuple):
    """The objective at a point x.

    Attributes:
        value: (B,).
        skeleton: the posed skeleton.
        translation: (B, 3), metres, in the axes of the virtual camera.
        residual: (B, 25, 2), reprojected minus detected keypoints, in units of the person's box.
    """

    value: Tensor
    skeleton: PosedSkeleton
    translation: Tensor
    residual: Tensor


def project_to_box(keypoints: Tensor, translation: Tensor, focal: Tensor) -> Tensor:
    """Project keypoints (B, J, 3) moved by translation (B, 3), metres, to units of the box (B, J, 2)."""
    placed = keypoints + translation[:, None]
    return placed[..., :2] / placed[..., 2:].clamp_min(NEAREST_DEPTH) * focal[:, None, None]


def reprojection_error(residual: Tensor, confidence: Tensor) -> Tensor:
    """Compute the scaled, confidence-weighted mean (B,) of smoothed lengths of residuals (B, J, 2)."""
    distance = (residual.square().sum(-1) + CORNER**2).sqrt() - CORNER
    weight = confidence / confidence.sum(1, keepdim=True).clamp_min(1e-9)
    return OBJECTIVE_SCALE * (weight * distance).sum(1)


def evaluate(x: Tensor, space: PoseSpace, body: Body, observation: Observation) -> Evaluation:
    """Evaluate F(x) per person, with the translation solved in closed form inside.

    Solving for the translation at each x takes the camera's distance out of the problem, as the
    normalisation by both boxes does in the paper, and holds for any perspective.

    Args:
        x: (B, 70), see `PoseSpace`.
        space: the chart of x.
        body: the body.
        observation: the detected keypoints.
    """
    rotations, betas = space.decode(x)
    skeleton = body.skeleton(rotations, betas)
    keypoints = skeleton.keypoints[:, :NUM_CANONICAL]
    translation = closed_form_translation(keypoints, observation.rays, observation.confidence)
    residual = project_to_box(keypoints, translation, observation.focal) - observation.keypoints
    value = reprojection_error(residual, observation.confidence)
    return Evaluation(value, skeleton, translation, residual)


@torch.no_grad()
def gradient(
    x: Tensor, evaluation: Evaluation, space: PoseSpace, body: Body, observation: Observation
) -> Tensor:
    """Compute dF/dx (B, 70) at x by formula rather than by a graph of the forward pass.

    Arguments as for `evaluate`, with its result at x.
    """
    rotations, _ = space.decode(x)
    skeleton = evaluation.skeleton
    keypoints = skeleton.keypoints[:, :NUM_CANONICAL]
    grad_keypoints = _grad_keypoints(keypoints, evaluation, observation)
    # The translation follows the keypoints.
    grad_keypoints = grad_keypoints + vjp_translation(
        keypoints, observation.rays, observation.confidence, grad_keypoints.sum(1)
    )
    grad_rotations, betas = vjp(body, skeleton, rotations, grad_keypoints)
    grad_rotvecs = vjp_rotvec(space.rotvecs(x), grad_rotations[:, :NUM_FREE_JOINTS])
    return torch.cat([space.vjp(grad_rotvecs), betas], 1)


def _grad_keypoints(keypoints: Tensor, evaluation: Evaluation, observation: Observation) -> Tensor:
    """Compute the derivative (B, 25, 3) of the objective by keypoints, with the translation held."""
    residual, confidence = evaluation.residual, observation.confidence
    weight = OBJECTIVE_SCALE * confidence / confidence.sum(1, keepdim=True).clamp_min(1e-9)
    distance = (residual.square().sum(-1) + CORNER**2).sqrt()
    on_picture = (weight / distance).unsqueeze(-1) * residual
    placed = keypoints + evaluation.translation[:, None]
    depth = placed[..., 2:].clamp_min(NEAREST_DEPTH)
    sideways = on_picture * (observation.focal[:, None, None] / depth)
    away = -(sideways * placed[..., :2]).sum(-1, keepdim=True) / depth
    return torch.cat([sideways, away.masked_fill(placed[..., 2:] < NEAREST_DEPTH, 0.0)], -1)


@dataclass(frozen=True)
class PersonProblem:
    """The fit of B people as a problem of the optimizer; x (B, 70) as in `PoseSpace`.

    Attributes:
        space: the chart that x is a point of.
        body: the body.
        observation: the detected keypoints.
        betas: (B, 10) known shapes, NaN where free; None: all are free.
        context: (B, 70, c), features of the coordinates.
        evaluate_fn, gradient_fn: `evaluate` and `gradient`, or compiled forms of them.
    """

    space: PoseSpace
    body: Body
    observation: Observation
    betas: Tensor | None = None
    context: Tensor | None = None
    evaluate_fn: Callable[..., Evaluation] = evaluate
    gradient_fn: Callable[..., Tensor] = gradient

    def evaluate(self, x: Tensor, /) -> Evaluation:
        """Evaluate the objective at x."""
        return self.evaluate_fn(x, self.space, self.body, self.observation)

    def gradient(self, x: Tensor, evaluation: Evaluation, /) -> Tensor:
        """Compute the gradient (B, 70) at x from the evaluation there."""
        return self.gradient_fn(x, evaluation, self.space, self.body, self.observation)

    def project(self, x: Tensor, /) -> Tensor:
        """Return x with betas within bounds, and known ones as known."""
        return project_to_bounds(x, self.betas)


def project_to_bounds(x: Tensor, betas: Tensor | None = None) -> Tensor:
    """Return x (B, 70) with betas within bounds, and known ones (B, 10; NaN: free) as known."""
    free = x[:, -NUM_BETAS:].clamp(-_MAX_BETA, _MAX_BETA)
    return torch.cat([x[:, :-NUM_BETAS], free if betas is None else free.where(betas.isnan(), betas)], 1)
