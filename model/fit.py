"""The fit that is served: keypoints in pixels to pose, shape, translation and a status for each person."""

from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import Pinhole, closed_form_translation
from model.descent import Trajectory
from model.keypoints.names import NUM_CANONICAL
from model.objective import Evaluation
from model.recovery import Recovery
from model.rotation import matrix_to_rotvec, orientation_to_rotvec
from model.view import assumed_camera, bounding_box, look_at_person

# With fewer keypoints than this a body's pose is anybody's guess.
FEWEST_KEYPOINTS = 4


class FitStatus(StrEnum):
    """How a person's fit ended."""

    OK = "ok"
    TOO_FEW_KEYPOINTS = "too_few_keypoints"
    NO_EXTENT = "no_extent"

    @property
    def sentence(self) -> str:
        """The status in words."""
        return {
            FitStatus.OK: "The body was fitted.",
            FitStatus.TOO_FEW_KEYPOINTS: f"Fewer than {FEWEST_KEYPOINTS} body keypoints were detected.",
            FitStatus.NO_EXTENT: "All detected keypoints are at the same place.",
        }[self]


@dataclass(frozen=True)
class FitResult:
    """The answer for B people. Frames: camera, x right, y down, z forward; metres, radians, pixels.

    Rows of people whose status is not ok hold zeros.

    Attributes:
        status: one per person.
        rotations: (B, 24, 3, 3), relative to each parent, the first in the camera's axes.
        betas: (B, 10).
        translation: (B, 3).
        joints: (B, 24, 3), translation included.
        keypoints: (B, 27, 3), order of KEYPOINT_NAMES, translation included.
        reprojection: (B, 27, 2), pixels.
        residual: (B,), confidence-weighted mean distance to the detections, pixels.
        objective: (B, K + 1), of the initializer and after each step.
        best_step: (B,), the step whose iterate is returned, 0 for the initializer's.
        camera: the camera used for each person.
    """

    status: list[FitStatus]
    rotations: Tensor
    betas: Tensor
    translation: Tensor
    joints: Tensor
    keypoints: Tensor
    reprojection: Tensor
    residual: Tensor
    objective: Tensor
    best_step: Tensor
    camera: Pinhole

    @property
    def pose(self) -> Tensor:
        """Axis-angle (B, 24, 3), radians; the first is the global orientation, of length up to 2 pi."""
        orientation = orientation_to_rotvec(self.rotations[:, :1])
        return torch.cat([orientation, matrix_to_rotvec(self.rotations[:, 1:])], 1)


class Fitter:
    """A body and a trained recovery, ready to fit people on one device."""

    def __init__(self, recovery: Recovery, body: Body, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.recovery = recovery.to(self.device).eval()
        self.body = body.to(self.device)

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
        status = _usable(pixels, confidence)
        good = torch.tensor([s is FitStatus.OK for s in status], device=self.device)
        pixels, confidence = _with_stand_ins(pixels, confidence, good)
        camera = _known_or_assumed(camera, pixels, confidence)
        view = look_at_person(pixels, confidence, camera)
        betas = None if betas is None else betas.to(self.device)
        space, trajectory = self.recovery.trajectory(self.body, view.observation, steps, betas=betas)
        objective, best, x = _best_iterate(trajectory)
        rotations, betas = space.decode(x)
        orientation = view.rotation.mT @ rotations[:, 0]
        rotations = torch.cat([orientation[:, None], rotations[:, 1:]], 1)
        return self._result(status, good, rotations, betas, objective, best, pixels, confidence, camera)

    def _result(
        self,
        status: list[FitStatus],
        good: Tensor,
        rotations: Tensor,
        betas: Tensor,
        objective: Tensor,
        best: Tensor,
        pixels: Tensor,
        confidence: Tensor,
        camera: Pinhole,
    ) -> FitResult:
        """Place each body before its real camera, and blank the rows of unusable people."""
        skeleton = self.body.skeleton(rotations, betas)
        canonical = skeleton.keypoints[:, :NUM_CANONICAL]
        translation = closed_form_translation(canonical, camera.rays(pixels)[..., :2], confidence)
        keypoints = skeleton.keypoints + translation[:, None]
        reprojection = camera.project(keypoints)
        distance = (reprojection[:, :NUM_CANONICAL] - pixels).norm(dim=-1)
        residual = (confidence * distance).sum(1) / confidence.sum(1)

        def blank(value: Tensor) -> Tensor:
            return torch.where(good.view(-1, *[1] * (value.dim() - 1)), value, torch.zeros_like(value))

        return FitResult(
            status=status,
            rotations=torch.where(good[:, None, None, None], rotations, torch.eye(3, device=self.device)),
            betas=blank(betas),
            translation=blank(translation),
            joints=blank(skeleton.joints + translation[:, None]),
            keypoints=blank(keypoints),
            reprojection=blank(reprojection),
            residual=blank(residual),
            objective=blank(objective),
            best_step=blank(best),
            camera=Pinhole(*(blank(value) for value in camera)),
        )

    @torch.no_grad()
    def vertices(self, result: FitResult, people: list[int]) -> Tensor:
        """Mesh vertices (P, V, 3) of the people with the given indices, camera frame, metres."""
        mesh = self.body.vertices(result.rotations[people], result.betas[people])
        return mesh + result.translation[people, None]


def _usable(pixels: Tensor, confidence: Tensor) -> list[FitStatus]:
    seen = confidence > 0
    _, size = bounding_box(pixels, seen)
    few = (seen.sum(1) < FEWEST_KEYPOINTS).tolist()
    flat = (~(size > 1e-6)).tolist()
    return [
        FitStatus.TOO_FEW_KEYPOINTS if f else FitStatus.NO_EXTENT if z else FitStatus.OK
        for f, z in zip(few, flat, strict=True)
    ]


def _with_stand_ins(pixels: Tensor, confidence: Tensor, good: Tensor) -> tuple[Tensor, Tensor]:
    """Put harmless keypoints in the place of unusable people, so that the batch keeps its shape."""
    stand_in = torch.linspace(0.0, 100.0, 2 * NUM_CANONICAL, device=pixels.device).view(NUM_CANONICAL, 2)
    pixels = torch.where(good[:, None, None], pixels, stand_in)
    return pixels, torch.where(good[:, None], confidence, torch.ones_like(confidence))


def _known_or_assumed(camera: Pinhole | None, pixels: Tensor, confidence: Tensor) -> Pinhole:
    assumed = assumed_camera(pixels, confidence)
    if camera is None:
        return assumed
    known = (value.to(pixels.device) for value in camera)
    return Pinhole(*(torch.where(k.isnan(), a, k) for k, a in zip(known, assumed, strict=True)))


def _best_iterate(trajectory: Trajectory[Evaluation]) -> tuple[Tensor, Tensor, Tensor]:
    """Objective (B, K + 1), best step (B,), and its point (B, n): never one worse than the initializer's."""
    values = torch.stack([evaluation.value for evaluation in trajectory.evaluations], 1)
    points = torch.stack(trajectory.points, 1)
    finite = values.isfinite() & points.isfinite().all(-1)
    best = values.masked_fill(~finite, torch.inf).argmin(1)
    objective = torch.where(finite, values, values[:, :1])
    return objective, best, points[torch.arange(len(best)), best]
