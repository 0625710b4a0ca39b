"""The end of a fit: the best of its points, turned back to the real camera and put before it."""

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import closed_form_translation
from model.fit.mirror import mirror_back
from model.fit.pose_space import PoseSpace
from model.fit.preprocess import Preprocessed
from model.fit.result import FitResult, pose_of
from model.keypoints.names import NUM_CANONICAL


def postprocess(
    body: Body, people: Preprocessed, flipped: Tensor, space: PoseSpace, points: Tensor, values: Tensor
) -> FitResult:
    """Build the `FitResult` from the best iterate.

    Args:
        body: the body.
        people: B of them.
        flipped: (B,), True for people fitted as a mirror image, see `canonical_side`.
        space: of the points.
        points: (B, K + 1, 70), of the initializer and after each step.
        values: (B, K + 1), the objective there.
    """
    objective, best, x = _best_of(points, values)
    rotations, betas = space.decode(x)
    rotations = mirror_back(rotations, flipped)
    orientation = people.view.rotation.mT @ rotations[:, 0]
    rotations = torch.cat([orientation[:, None], rotations[:, 1:]], 1)
    return _before_camera(body, people, rotations, betas, objective, best).blanked(people.usable)


def _best_of(points: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return objective (B, K + 1), best step (B,) and its point (B, n), no worse than the initializer's."""
    finite = values.isfinite() & points.isfinite().all(-1)
    best = values.masked_fill(~finite, torch.inf).argmin(1)
    objective = values.masked_fill(~finite, torch.finfo(values.dtype).max)
    chosen = best[:, None, None].expand(-1, 1, points.shape[2])
    return objective, best, points.gather(1, chosen)[:, 0]


def _before_camera(
    body: Body, people: Preprocessed, rotations: Tensor, betas: Tensor, objective: Tensor, best: Tensor
) -> FitResult:
    skeleton = body.skeleton(rotations, betas)
    canonical = skeleton.keypoints[:, :NUM_CANONICAL]
    rays = people.camera.rays(people.pixels)[..., :2]
    # Not the rays that the virtual camera could not have seen.
    seen = people.view.observation.confidence
    translation = closed_form_translation(canonical, rays, seen)
    keypoints = skeleton.keypoints + translation[:, None]
    keypoints2d = people.camera.project(keypoints)
    distance = (keypoints2d[:, :NUM_CANONICAL] - people.pixels).norm(dim=-1)
    residual = (people.confidence * distance).sum(1) / people.confidence.sum(1)
    return FitResult(
        codes=people.codes,
        rotations=rotations,
        pose=pose_of(rotations),
        betas=betas,
        transl=translation,
        joints3d=skeleton.joints + translation[:, None],
        keypoints3d=keypoints,
        keypoints2d=keypoints2d,
        residual_px=residual,
        objective=objective,
        best_step=best,
        camera=people.camera,
    )
