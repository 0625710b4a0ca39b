"""What false detections cost: people of the noisy protocol, some of whose keypoints are somewhere else."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.body.joints import NUM_BETAS
from model.camera import Pinhole
from model.data.library import PoseLibrary
from model.data.synthesis import photograph
from model.evaluate.metrics import pa_mpjpe
from model.evaluate.poses import EVALUATED, NOISY
from model.fit import Fitter
from model.fit_result import FitResult
from model.view import bounding_box

# How far a false keypoint is from its true place, share of the box; its confidence.
_NEAREST, _FARTHEST = 0.1, 1.0
_CONFIDENCE = (0.3, 0.8)
_BATCH = 256


@dataclass(frozen=True)
class FalseDetections:
    """What came of people with so many false keypoints each.

    Attributes:
        pa_mpjpe_mm: over 14 joints, millimetres, with all keypoints taken for true.
        pa_mpjpe_mm_served: with the second look of the service.
        found: share of the false keypoints that were left out.
        lost: share of the true ones that were.
    """

    pa_mpjpe_mm: float
    pa_mpjpe_mm_served: float
    found: float
    lost: float


@torch.no_grad()
def evaluate_false_detections(
    fitter: Fitter, library: PoseLibrary, most: int, *, steps: int = 4, seed: int = 0
) -> list[FalseDetections]:
    """With 0 to `most` false keypoints a person; every pose of the library is seen once.

    Args:
        fitter: what is measured.
        library: poses; their weights play no part.
        most: false keypoints a person.
        steps: of L-SR1.
        seed: of everything random.
    """
    generator = torch.Generator().manual_seed(seed)
    betas = torch.randn(len(library), NUM_BETAS, generator=generator).clamp(-3, 3)
    pixels, confidence, rotations, camera = photograph(
        library.rotations, betas, fitter.body, NOISY, generator
    )
    truth = fitter.body.skeleton(rotations, betas).joints
    results = []
    for count in range(most + 1):
        spoilt, trusted, false = put_false(pixels, confidence, count, generator)
        first, served, left_out = _fit(fitter, spoilt, trusted, camera, steps)
        results.append(
            FalseDetections(
                _error(first, truth),
                _error(served, truth),
                found=float((left_out & false).sum() / max(int(false.sum()), 1)),
                lost=float((left_out & ~false).sum() / ((confidence > 0) & ~false).sum()),
            )
        )
    return results


def put_false(
    pixels: Tensor, confidence: Tensor, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Keypoints (B, 25, 2), confidences (B, 25), and which are false now (B, 25): `count` a person."""
    people = len(pixels)
    _, size = bounding_box(pixels, confidence > 0)
    chance = torch.rand(confidence.shape, generator=generator).masked_fill(confidence <= 0, -1.0)
    false = torch.zeros_like(confidence, dtype=torch.bool)
    false.scatter_(1, chance.topk(count, 1).indices, torch.ones(people, count, dtype=torch.bool))
    angle, share, level = torch.rand(3, *confidence.shape, generator=generator)
    distance = (_NEAREST + (_FARTHEST - _NEAREST) * share) * size[:, None]
    there = pixels + (distance * torch.stack([(6.2832 * angle).cos(), (6.2832 * angle).sin()])).movedim(0, -1)
    told = _CONFIDENCE[0] + (_CONFIDENCE[1] - _CONFIDENCE[0]) * level
    return torch.where(false[..., None], there, pixels), torch.where(false, told, confidence), false


def _fit(
    fitter: Fitter, pixels: Tensor, confidence: Tensor, camera: Pinhole, steps: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Joints of the first fit and of the served one (B, 24, 3), and what the latter left out (B, 25)."""
    rows = []
    for some in torch.arange(len(pixels)).split(_BATCH):
        cameras = Pinhole(*(value[some] for value in camera))
        first: FitResult = fitter.fit(pixels[some], confidence[some], cameras, steps=steps)
        served, left_out = fitter.fit_without_false(pixels[some], confidence[some], cameras, steps=steps)
        rows.append((first.joints, served.joints, left_out))
    first_joints, served_joints, left = (torch.cat(column) for column in zip(*rows, strict=True))
    return first_joints, served_joints, left


def _error(joints: Tensor, truth: Tensor) -> float:
    return float(pa_mpjpe(joints[:, EVALUATED], truth[:, EVALUATED]).mean() * 1000)
