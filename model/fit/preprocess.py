"""Preprocessing: which people are usable, the camera that took them, and the virtual camera's view."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.camera import Cameras
from model.fit.observation import View, assumed_camera, bounding_box, look_at_person
from model.fit.result import statuses
from model.keypoints.names import NUM_CANONICAL
from model.status import FEWEST_KEYPOINTS, PersonStatus

# Pixels; detections are never closer together than this unless they are the same.
_LEAST_EXTENT = 1e-6


class Preprocessed(NamedTuple):
    """A batch of B people. Unusable ones have harmless keypoints in their place, so that the batch is whole.

    Attributes:
        pixels: (B, 25, 2), canonical keypoints.
        confidence: (B, 25), 0 where missing.
        camera: of each, (B,).
        view: how the virtual camera sees them.
        codes: (B,), of their statuses.
    """

    pixels: Tensor
    confidence: Tensor
    camera: Cameras
    view: View
    codes: Tensor

    @property
    def status(self) -> list[PersonStatus]:
        """The status of each person."""
        return statuses(self.codes)

    @property
    def usable(self) -> Tensor:
        """Mask (B,) of the people with status ok."""
        return self.codes == PersonStatus.OK.code


def preprocess(pixels: Tensor, confidence: Tensor, camera: Cameras | None) -> Preprocessed:
    """Separate usable people from unusable ones, and observe each person.

    Args:
        pixels: (B, 25, 2), anything where the confidence is 0.
        confidence: (B, 25).
        camera: (B,) each; NaN, or None for all, where nothing is known.
    """
    pixels = pixels.masked_fill((confidence <= 0)[..., None], 0.0)
    codes = _codes(pixels, confidence)
    pixels, confidence = _with_stand_ins(pixels, confidence, codes == PersonStatus.OK.code)
    camera = _known_or_assumed(camera, pixels, confidence)
    view = look_at_person(pixels, confidence, camera)
    in_view = (view.observation.confidence > 0).sum(1) >= FEWEST_KEYPOINTS
    codes = codes.masked_fill((codes == PersonStatus.OK.code) & ~in_view, PersonStatus.OUT_OF_VIEW.code)
    return Preprocessed(pixels, confidence, camera, view, codes)


def _codes(pixels: Tensor, confidence: Tensor) -> Tensor:
    seen = confidence > 0
    _, size = bounding_box(pixels, seen)
    codes = torch.zeros_like(size, dtype=torch.int64)
    codes = codes.masked_fill(~(size > _LEAST_EXTENT), PersonStatus.NO_EXTENT.code)
    return codes.masked_fill(seen.sum(1) < FEWEST_KEYPOINTS, PersonStatus.TOO_FEW_KEYPOINTS.code)


def _with_stand_ins(pixels: Tensor, confidence: Tensor, good: Tensor) -> tuple[Tensor, Tensor]:
    """Put harmless keypoints in the place of unusable people, so that the batch keeps its shape."""
    stand_in = torch.linspace(0.0, 100.0, 2 * NUM_CANONICAL, device=pixels.device).view(NUM_CANONICAL, 2)
    pixels = torch.where(good[:, None, None], pixels, stand_in)
    return pixels, torch.where(good[:, None], confidence, torch.ones_like(confidence))


def _known_or_assumed(camera: Cameras | None, pixels: Tensor, confidence: Tensor) -> Cameras:
    assumed = assumed_camera(pixels, confidence)
    return assumed if camera is None else camera.to(pixels.device).filled(assumed)
