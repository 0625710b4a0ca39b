"""Sources of poses: a pose library, a pose prior, or both."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class PoseSource(Protocol):
    """Anything that poses can be drawn from."""

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Return (count, 24, 3, 3) rotations, each relative to its parent, y up, any heading."""
        ...


@dataclass(frozen=True)
class PoseMix:
    """Two sources, each pose from either at random.

    Attributes:
        first, second: the sources.
        share: how often the second is drawn from, 0 to 1.
    """

    first: PoseSource
    second: PoseSource
    share: float

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Return (count, 24, 3, 3) rotations."""
        from_second = torch.rand(count, 1, 1, 1, generator=generator) < self.share
        first, second = self.first.draw(count, generator), self.second.draw(count, generator)
        return torch.where(from_second, second, first)
