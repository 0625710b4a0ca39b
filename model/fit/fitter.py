"""The fit: keypoints in pixels to pose, shape, translation and a status for each person."""

import copy
from typing import Protocol, Self

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import Cameras
from model.fit.mirror import canonical_side
from model.fit.network import Recovery
from model.fit.postprocess import postprocess
from model.fit.preprocess import preprocess
from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D
from model.fit.robust.refit import RobustFit, refit


class Backend(Protocol):
    """Another way to run the fit of a certain recovery and body, such as compiled graphs."""

    def can_take(self, people: int, steps: int) -> bool:
        """Return whether it can fit so many people with so many steps."""

    def __call__(
        self,
        pixels: Tensor,
        confidence: Tensor,
        camera: Cameras | None = None,
        *,
        steps: int,
        betas: Tensor | None = None,
    ) -> FitResult:
        """Fit people; arguments and result as for `Fitter.fit`, up to rounding."""


class Fitter:
    """A body and a trained recovery, ready to fit people on one device.

    Args:
        recovery: initializer and learned optimizer.
        body: the body to fit.
        device: the device to fit on.
        backend: runs the fits that it can take; None: all fits are eager.
    """

    def __init__(
        self,
        recovery: Recovery,
        body: Body,
        device: torch.device | str = "cpu",
        backend: Backend | None = None,
    ) -> None:
        self.device = torch.device(device)
        self.recovery = recovery.to(self.device).eval()
        self.body = body.to(self.device)
        self.backend = backend

    def with_backend(self, backend: Backend | None) -> Self:
        """Return a fitter of the same recovery and body with another backend; this one stays as it is."""
        other = copy.copy(self)
        other.backend = backend
        return other

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
        """Fit B people; each result depends on that person alone.

        Args:
            pixels: (B, 25, 2), canonical keypoints.
            confidence: (B, 25), 0 to 1, 0 where missing.
            camera: B cameras, NaN where unknown; None: all unknown (see `assumed_camera`).
            steps: steps of L-SR1, 0 or more.
            betas: (B, 10) known shapes, NaN where free.
        """
        pixels, confidence = pixels.to(self.device), confidence.to(self.device)
        camera = None if camera is None else camera.to(self.device)
        betas = None if betas is None else betas.to(self.device)
        if self.backend is not None and self.backend.can_take(len(pixels), steps):
            return self.backend(pixels, confidence, camera, steps=steps, betas=betas)
        people = preprocess(pixels, confidence, camera)
        observation, flipped = canonical_side(people.view.observation)
        space, trajectory = self.recovery.trajectory(self.body, observation, steps, betas=betas)
        values = torch.stack([evaluation.value for evaluation in trajectory.evaluations], 1)
        return postprocess(self.body, people, flipped, space, torch.stack(trajectory.points, 1), values)

    @torch.no_grad()
    def fit_robust(
        self, given: Keypoints2D, camera: Cameras, *, steps: int, betas: Tensor | None = None
    ) -> RobustFit:
        """Fit, then refit without implausible detections. Arguments as for `fit`."""

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
        """Return mesh vertices (P, V, 3) of the people with these indices, camera frame, metres."""
        mesh = self.body.vertices(result.rotations[people], result.betas[people])
        return mesh + result.transl[people, None]
