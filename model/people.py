"""People as they come in, made ready for a fit: who is usable, which camera took them, how it sees them."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.camera import Pinhole
from model.fit_result import FEWEST_KEYPOINTS, FitStatus
from model.keypoints.names import NUM_CANONICAL
from model.view import View, assumed_camera, bounding_box, look_at_person

# Pixels; detections are never closer together than this unless they are the same.
_LEAST_EXTENT = 1e-6


class People(NamedTuple):
    """A batch of B people. Unusable ones have harmless keypoints in their place, so that the batch is whole.

    Attributes:
        pixels: (B, 25, 2), canonical keypoints.
        confidence: (B, 25), 0 where missing.
        camera: of each, (B,).
        view: how the virtual camera sees them.
        status: one per person.
    """

    pixels: Tensor
    confidence: Tensor
    camera: Pinhole
    view: View
    status: list[FitStatus]

    @property
    def usable(self) -> Tensor:
        """(B,), whose status is ok."""
        return _are_ok(self.status, self.pixels)


def prepare(pixels: Tensor, confidence: Tensor, camera: Pinhole | None) -> People:
    """Sort out who can be fitted, and look at each person.

    Args:
        pixels: (B, 25, 2), anything where the confidence is 0.
        confidence: (B, 25).
        camera: (B,) each; NaN, or None for all, where nothing is known.
    """
    pixels = pixels.masked_fill((confidence <= 0)[..., None], 0.0)
    status = _status(pixels, confidence)
    pixels, confidence = _with_stand_ins(pixels, confidence, _are_ok(status, pixels))
    camera = _known_or_assumed(camera, pixels, confidence)
    view = look_at_person(pixels, confidence, camera)
    in_view = ((view.observation.confidence > 0).sum(1) >= FEWEST_KEYPOINTS).tolist()
    status = [
        FitStatus.OUT_OF_VIEW if before is FitStatus.OK and not seen else before
        for before, seen in zip(status, in_view, strict=True)
    ]
    return People(pixels, confidence, camera, view, status)


def _are_ok(status: list[FitStatus], like: Tensor) -> Tensor:
    return torch.tensor([one is FitStatus.OK for one in status], dtype=torch.bool, device=like.device)


def _status(pixels: Tensor, confidence: Tensor) -> list[FitStatus]:
    seen = confidence > 0
    _, size = bounding_box(pixels, seen)
    few = (seen.sum(1) < FEWEST_KEYPOINTS).tolist()
    flat = (~(size > _LEAST_EXTENT)).tolist()
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
