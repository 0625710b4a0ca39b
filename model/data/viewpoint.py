"""Random viewpoints: heading, pitch, roll and distance, drawn at random."""

import math
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from model.rotation import rotvec_to_matrix


@dataclass(frozen=True)
class ViewConfig:
    """Distribution of viewpoints. Heading is uniform over the circle.

    Attributes:
        pitch, roll: the camera is tilted by up to this, either way, degrees, uniformly.
        anyhow: share of people turned by a rotation drawn uniformly from all (lying, upside down).
        nearest, farthest: distance of the body, metres, log-uniform.
    """

    pitch: float = 20.0
    roll: float = 20.0
    anyhow: float = 0.0
    nearest: float = 2.5
    farthest: float = 10.0


def random_orientation(orientation: Tensor, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """Global orientations (B, 3, 3) in camera axes of people that stand as `orientation` (B, 3, 3), y up."""
    count = len(orientation)

    def about(axis: int, largest: float) -> Tensor:
        angle = (torch.rand(count, generator=generator) * 2 - 1) * math.radians(largest)
        return rotvec_to_matrix(angle[:, None] * torch.eye(3)[axis])

    y_down = torch.diag(torch.tensor([1.0, -1.0, -1.0]))
    view = about(2, config.roll) @ about(0, config.pitch) @ y_down @ about(1, 180.0)
    anyhow = torch.rand(count, generator=generator) < config.anyhow
    view = torch.where(anyhow[:, None, None], _uniform_rotation(count, generator), view)
    return view @ orientation


def random_distance(count: int, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """Distances (count,), metres."""
    low, high = math.log(config.nearest), math.log(config.farthest)
    return (torch.rand(count, generator=generator) * (high - low) + low).exp()


def _uniform_rotation(count: int, generator: torch.Generator) -> Tensor:
    quaternion = torch.nn.functional.normalize(torch.randn(count, 4, generator=generator), dim=1)
    matrix: Tensor = roma.unitquat_to_rotmat(quaternion)
    return matrix
