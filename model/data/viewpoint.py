"""Random viewpoints: heading, pitch, roll and distance, drawn at random."""

import math
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from model.rotation import rotvec_to_matrix

# Metres: from an arm's length to the other side of a stadium.
ANYWHERE = (0.5, 200.0)


@dataclass(frozen=True)
class ViewConfig:
    """Distribution of viewpoints. Heading is uniform over the circle.

    Attributes:
        pitch, roll: the camera is tilted by up to this, either way, degrees, uniformly.
        anyhow: share of people turned by a rotation drawn uniformly from all (lying, upside down).
        steep: share of people seen from any elevation, straight below to straight above.
        nearest, farthest: distance of the body, metres, log-uniform.
        anywhere: share of people at any distance from `ANYWHERE`.
    """

    pitch: float = 20.0
    roll: float = 20.0
    anyhow: float = 0.0
    steep: float = 0.0
    nearest: float = 2.5
    farthest: float = 10.0
    anywhere: float = 0.0


def random_orientation(orientation: Tensor, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """Global orientations (B, 3, 3) in camera axes of people that stand as `orientation` (B, 3, 3), y up."""
    count = len(orientation)

    def about(axis: int, largest: float) -> Tensor:
        angle = (torch.rand(count, generator=generator) * 2 - 1) * math.radians(largest)
        return rotvec_to_matrix(angle[:, None] * torch.eye(3)[axis])

    y_down = torch.diag(torch.tensor([1.0, -1.0, -1.0]))
    pitch = about(0, config.pitch)
    if config.steep:  # and no random numbers used up
        steep = torch.rand(count, 1, 1, generator=generator) < config.steep
        pitch = torch.where(steep, about(0, 90.0), pitch)
    view = about(2, config.roll) @ pitch @ y_down @ about(1, 180.0)
    anyhow = torch.rand(count, generator=generator) < config.anyhow
    view = torch.where(anyhow[:, None, None], _uniform_rotation(count, generator), view)
    return view @ orientation


def random_distance(count: int, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """Distances (count,), metres."""

    def log_uniform(low: float, high: float) -> Tensor:
        start = math.log(low)
        return (torch.rand(count, generator=generator) * (math.log(high) - start) + start).exp()

    usual = log_uniform(config.nearest, config.farthest)
    if not config.anywhere:  # and no random numbers used up
        return usual
    anywhere = torch.rand(count, generator=generator) < config.anywhere
    return torch.where(anywhere, log_uniform(*ANYWHERE), usual)


def _uniform_rotation(count: int, generator: torch.Generator) -> Tensor:
    quaternion = torch.nn.functional.normalize(torch.randn(count, 4, generator=generator), dim=1)
    matrix: Tensor = roma.unitquat_to_rotmat(quaternion)
    return matrix
