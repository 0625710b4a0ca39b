"""What a fit was made to, and how far it is from that."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from model.batched import Batched
from model.fit.result import FitResult, FitStatus
from model.keypoints.names import NUM_CANONICAL


@dataclass(frozen=True, eq=False)
class Keypoints2D(Batched):
    """Canonical keypoints: pixels (B, 25, 2), and confidence (B, 25), 0 where missing."""

    pixels: Tensor
    confidence: Tensor

    def distance(self, result: FitResult) -> Tensor:
        """From the body's keypoints (B, 25), pixels; 0 where nothing was seen."""
        length: Tensor = (result.keypoints2d[:, :NUM_CANONICAL] - self.pixels).norm(dim=-1)
        return length.masked_fill(self.confidence <= 0, 0.0)

    def mean(self, distance: Tensor) -> Tensor:
        """Over what was seen (B,), of distances (B, 25)."""
        seen = self.confidence > 0
        return (distance * seen).sum(1) / seen.sum(1).clamp_min(1)


class RefitFn(Protocol):
    """Fits the people with the given indices (P,) anew to other keypoints (P, …)."""

    def __call__(self, people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        """Fit with `steps` steps, by default as many as the first fit had."""
        ...


def was_fitted(result: FitResult) -> Tensor:
    """(B,), whose status is ok."""
    return result.codes == FitStatus.OK.code
