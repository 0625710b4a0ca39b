"""The cost of gross detector faults: noisy people with false keypoints, or with sides exchanged."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.body.joints import NUM_BETAS
from model.data.library import PoseLibrary
from model.data.synthesis import photograph
from model.evaluate.metrics import EVALUATED, pa_mpjpe
from model.evaluate.poses import NOISY
from model.fit.fitter import Fitter
from model.fit.observation import bounding_box
from model.fit.robust.keypoints import Keypoints2D
from model.fit.robust.left_right import LIMBS, swap_sides

# How far a false keypoint is from its true place, share of the box; its confidence.
_NEAREST, _FARTHEST = 0.1, 1.0
_LEAST, _MOST = 0.3, 0.8
_BATCH = 256


@dataclass(frozen=True)
class FaultErrors:
    """Means over people with the same fault.

    Attributes:
        pa_mpjpe_mm: over 14 joints, millimetres, with all keypoints taken for true.
        pa_mpjpe_mm_served: with the second look of the service.
        changed: share of the people in which the robust refit found a fault.
    """

    pa_mpjpe_mm: float
    pa_mpjpe_mm_served: float
    changed: float


@torch.no_grad()
def evaluate_faults(
    fitter: Fitter, library: PoseLibrary, *, false: int = 3, steps: int = 4, seed: int = 0
) -> dict[str, FaultErrors]:
    """Return errors by fault, first without any; every pose of the library is rendered once.

    Args:
        fitter: what is measured.
        library: poses; their weights play no part.
        false: most false keypoints a person.
        steps: of L-SR1.
        seed: of everything random.
    """
    generator = torch.Generator().manual_seed(seed)
    betas = torch.randn(len(library), NUM_BETAS, generator=generator).clamp(-3, 3)
    pixels, confidence, rotations, camera = photograph(
        library.rotations, betas, fitter.body, NOISY, generator
    )
    truth = fitter.body.skeleton(rotations, betas).joints[:, EVALUATED]
    seen = Keypoints2D(pixels, confidence)
    faults = {"none": seen}
    faults |= {f"{count} false": put_false(seen, count, generator) for count in range(1, false + 1)}
    for name, (whole, outer) in LIMBS.items():
        faults[f"{name} exchanged"] = swap_sides(seen, whole)
        faults[f"{name} exchanged, but at the trunk"] = swap_sides(seen, outer)

    def errors(faulty: Keypoints2D) -> FaultErrors:
        rows = []
        for some in torch.arange(len(pixels)).split(_BATCH):
            given, cameras = faulty.rows(some), camera.rows(some)
            first = fitter.fit(given.pixels, given.confidence, cameras, steps=steps)
            robust = fitter.fit_robust(given, cameras, steps=steps)
            found = (result.joints3d[:, EVALUATED] for result in (first, robust.result))
            changed = robust.outliers.any(1) | robust.swapped.any(1)
            rows.append(torch.stack([*(1000 * pa_mpjpe(j, truth[some]) for j in found), changed.float()]))
        return FaultErrors(*torch.cat(rows, 1).mean(1).tolist())

    return {name: errors(faulty) for name, faulty in faults.items()}


def put_false(seen: Keypoints2D, count: int, generator: torch.Generator) -> Keypoints2D:
    """Move `count` of each person's keypoints elsewhere."""
    shape = seen.confidence.shape
    _, size = bounding_box(seen.pixels, seen.confidence > 0)
    chance = torch.rand(shape, generator=generator).masked_fill(seen.confidence <= 0, -1.0)
    false = torch.zeros(shape, dtype=torch.bool)
    false.scatter_(1, chance.topk(count, 1).indices, torch.ones(len(chance), count, dtype=torch.bool))
    angle, share, level = torch.rand(3, *shape, generator=generator)
    distance = (_NEAREST + (_FARTHEST - _NEAREST) * share) * size[:, None]
    away = distance[..., None] * _direction(2 * torch.pi * angle)
    told = _LEAST + (_MOST - _LEAST) * level
    return Keypoints2D(
        torch.where(false[..., None], seen.pixels + away, seen.pixels),
        torch.where(false, told, seen.confidence),
    )


def _direction(angle: Tensor) -> Tensor:
    return torch.stack([angle.cos(), angle.sin()], -1)
