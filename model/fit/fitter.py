"""The fit that is served: keypoints in pixels to pose, shape, translation and a status for each person."""

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import Pinhole
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
        pixels, confidence = pixels.to(self.device), confidence.to(self.device)
        camera = None if camera is None else Pinhole(*(value.to(self.device) for value in camera))
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
        self, given: Keypoints2D, camera: Pinhole, *, steps: int, betas: Tensor | None = None
    ) -> RobustFit:
        """As `fit`, to whose arguments these correspond, and once more where detections can't be true."""

        def refit_fn(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
            rows = people.to(camera.fx.device)
            known = None if betas is None else betas[rows]
            cameras = Pinhole(*(value[rows] for value in camera))
            return self.fit(*other, cameras, steps=first_steps if steps is None else steps, betas=known)

        first_steps = steps
        first = self.fit(*given, camera, steps=steps, betas=betas)
        return refit(first, Keypoints2D(*(value.to(self.device) for value in given)), refit_fn)

    @torch.no_grad()
    def vertices(self, result: FitResult, people: list[int]) -> Tensor:
        """Mesh vertices (P, V, 3) of the people with the given indices, camera frame, metres."""
        mesh = self.body.vertices(result.rotations[people], result.betas[people])
        return mesh + result.transl[people, None]
