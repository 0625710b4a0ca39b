"""The fit that is served: keypoints in pixels to pose, shape, translation and a status for each person."""

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import Cameras
from model.fit.compiled.run import CompiledFit
from model.fit.mirror import canonical_side
from model.fit.network import Recovery
from model.fit.postprocess import postprocess
from model.fit.preprocess import preprocess
from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D
from model.fit.robust.refit import RobustFit, refit


class Fitter:
    """A body and a trained recovery, ready to fit people on one device.

    Attributes:
        compiled: of this recovery and this body, in use instead of them where it can be; None: eager.
    """

    def __init__(self, recovery: Recovery, body: Body, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.recovery = recovery.to(self.device).eval()
        self.body = body.to(self.device)
        self.compiled: CompiledFit | None = None

    @torch.no_grad()
    def fit(
        self,
        pixels: Tensor,
        confidence: Tensor,
        camera: Cameras | None = None,
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
        pixels, confidence = pixels.to(self.device), confidence.to(self.device)
        camera = None if camera is None else camera.to(self.device)
        betas = None if betas is None else betas.to(self.device)
        # Held, as it may be put in place while this runs.
        compiled = self.compiled
        if compiled is not None and compiled.can_take(len(pixels), steps):
            return compiled(pixels, confidence, camera, steps=steps, betas=betas)
        people = preprocess(pixels, confidence, camera)
        observation, flipped = canonical_side(people.view.observation)
        space, trajectory = self.recovery.trajectory(self.body, observation, steps, betas=betas)
        values = torch.stack([evaluation.value for evaluation in trajectory.evaluations], 1)
        return postprocess(self.body, people, flipped, space, torch.stack(trajectory.points, 1), values)

    @torch.no_grad()
    def fit_robust(
        self, given: Keypoints2D, camera: Cameras, *, steps: int, betas: Tensor | None = None
    ) -> RobustFit:
        """As `fit`, to whose arguments these correspond, and once more where detections can't be true."""

        def refit_fn(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
            rows = people.to(camera.intrinsics.device)
            known = None if betas is None else betas[rows]
            number = first_steps if steps is None else steps
            return self.fit(other.pixels, other.confidence, camera.rows(rows), steps=number, betas=known)

        first_steps = steps
        first = self.fit(given.pixels, given.confidence, camera, steps=steps, betas=betas)
        return refit(first, given.to(self.device), refit_fn)

    @torch.no_grad()
    def vertices(self, result: FitResult, people: list[int]) -> Tensor:
        """Mesh vertices (P, V, 3) of the people with the given indices, camera frame, metres."""
        mesh = self.body.vertices(result.rotations[people], result.betas[people])
        return mesh + result.transl[people, None]
