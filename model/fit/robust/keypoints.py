"""The keypoints that a fit uses, and their distance from the fitted body."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

from model.batched import Batched
from model.keypoints.names import NUM_CANONICAL

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, eq=False)
class Keypoints2D(Batched):
    """Canonical keypoints: pixels (B, 25, 2), and confidence (B, 25), 0 where missing."""

    pixels: Tensor
    confidence: Tensor

    def distance(self, reprojected: Tensor) -> Tensor:
        """Return the distances (B, 25), pixels, from reprojections (B, 27, 2); 0 for missing keypoints."""
        length: Tensor = (reprojected[:, :NUM_CANONICAL] - self.pixels).norm(dim=-1)
        return length.masked_fill(self.confidence <= 0, 0.0)

    def mean(self, distance: Tensor) -> Tensor:
        """Return the mean (B,) of distances (B, 25) over the keypoints that aren't missing."""
        seen = self.confidence > 0
        return (distance * seen).sum(1) / seen.sum(1).clamp_min(1)


class RefitFn(Protocol[R_co]):
    """Fits the people with the given indices (P,) again, to other keypoints (P, …)."""

    def __call__(self, people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> R_co:
        """Fit with `steps` steps, by default as many as the first fit had."""
        ...
