"""The fit that is served: keypoints in pixels to pose, shape, translation and a status for each person."""

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import Pinhole, closed_form_translation
from model.compiled.trajectory import CompiledTrajectory, Value
from model.descent import Trajectory
from model.fit_result import FitResult
from model.keypoints.names import NUM_CANONICAL
from model.mirror import canonical_side, mirror_back
from model.objective import Evaluation
from model.people import People, prepare
from model.pose_space import PoseSpace
from model.recovery import Recovery
from model.view import Observation


class Fitter:
    """A body and a trained recovery, ready to fit people on one device.

    Attributes:
        compiled: of this recovery and this body, in use instead of them where it can be; None: eager.
    """

    def __init__(self, recovery: Recovery, body: Body, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.recovery = recovery.to(self.device).eval()
        self.body = body.to(self.device)
        self.compiled: CompiledTrajectory | None = None

    @torch.no_grad()
    def fit(
        self,
        pixels: Tensor,
        confidence: Tensor,
        camera: Pinhole | None = None,
        *,
        steps: int = 4,
        betas: Tensor | None = None,
    ) -> FitResult:
        """Fit B people; each one's answer depends on that person alone.

        Args:
            pixels: (B, 25, 2), canonical keypoints.
            confidence: (B, 25), 0 to 1, 0 where missing.
            camera: (B,) each; NaN, or None for all, where nothing is known (see `assumed_camera`).
            steps: steps of L-SR1, 0 or more.
            betas: (B, 10) known shapes, NaN where free.
        """
        camera = None if camera is None else Pinhole(*(value.to(self.device) for value in camera))
        betas = None if betas is None else betas.to(self.device)
        people = prepare(pixels.to(self.device), confidence.to(self.device), camera)
        observation, flipped = canonical_side(people.view.observation)
        space, trajectory = self._trajectory(observation, steps, betas)
        objective, best, x = _best_iterate(trajectory)
        rotations, betas = space.decode(x)
        rotations = mirror_back(rotations, flipped)
        orientation = people.view.rotation.mT @ rotations[:, 0]
        rotations = torch.cat([orientation[:, None], rotations[:, 1:]], 1)
        return self._place(people, rotations, betas, objective, best).blanked(people.usable)

    def _trajectory(
        self, observation: Observation, steps: int, betas: Tensor | None
    ) -> tuple[PoseSpace, Trajectory[Evaluation] | Trajectory[Value]]:
        if self.compiled is not None and self.compiled.can_take(observation):
            return self.compiled(observation, steps, betas)
        return self.recovery.trajectory(self.body, observation, steps, betas=betas)

    def _place(
        self, people: People, rotations: Tensor, betas: Tensor, objective: Tensor, best: Tensor
    ) -> FitResult:
        """Put each body before its real camera."""
        skeleton = self.body.skeleton(rotations, betas)
        canonical = skeleton.keypoints[:, :NUM_CANONICAL]
        rays = people.camera.rays(people.pixels)[..., :2]
        # Not the rays that the virtual camera could not have seen.
        seen = people.view.observation.confidence
        translation = closed_form_translation(canonical, rays, seen)
        keypoints = skeleton.keypoints + translation[:, None]
        reprojection = people.camera.project(keypoints)
        distance = (reprojection[:, :NUM_CANONICAL] - people.pixels).norm(dim=-1)
        residual = (people.confidence * distance).sum(1) / people.confidence.sum(1)
        return FitResult(
            status=people.status,
            rotations=rotations,
            betas=betas,
            translation=translation,
            joints=skeleton.joints + translation[:, None],
            keypoints=keypoints,
            reprojection=reprojection,
            residual=residual,
            objective=objective,
            best_step=best,
            camera=people.camera,
        )

    @torch.no_grad()
    def vertices(self, result: FitResult, people: list[int]) -> Tensor:
        """Mesh vertices (P, V, 3) of the people with the given indices, camera frame, metres."""
        mesh = self.body.vertices(result.rotations[people], result.betas[people])
        return mesh + result.translation[people, None]


def _best_iterate(
    trajectory: Trajectory[Evaluation] | Trajectory[Value],
) -> tuple[Tensor, Tensor, Tensor]:
    """Objective (B, K + 1), best step (B,), and its point (B, n): never one worse than the initializer's."""
    values = torch.stack([evaluation.value for evaluation in trajectory.evaluations], 1)
    points = torch.stack(trajectory.points, 1)
    finite = values.isfinite() & points.isfinite().all(-1)
    best = values.masked_fill(~finite, torch.inf).argmin(1)
    objective = values.masked_fill(~finite, torch.finfo(values.dtype).max)
    return objective, best, points[torch.arange(len(best)), best]
