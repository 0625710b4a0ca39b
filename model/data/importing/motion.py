"""Common form of CMU's formats: bones that rotate against a rest pose."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.rotation import rotvec_to_matrix


class Motion(NamedTuple):
    """A recording on the grid of 30 frames a second. Bones have the names of CMU's ASF files.

    Attributes:
        turns: for each bone (F, 3, 3) float64, its rotation from rest in the world, y up.
        directions: for each bone its direction (3,) at rest, of length one; facing +z, left is +x.
    """

    turns: dict[str, Tensor]
    directions: dict[str, Tensor]


def turn_about(axes: str, degrees: Tensor) -> Tensor:
    """Rotations (..., 3, 3) by angles (..., K), degrees, about fixed axes (K letters x, y, z) one by one."""
    turned = torch.eye(3, dtype=degrees.dtype).expand(*degrees.shape[:-1], 3, 3)
    for axis, angle in zip(axes, degrees.deg2rad().unbind(-1), strict=True):
        vector = torch.zeros(*angle.shape, 3, dtype=degrees.dtype)
        vector[..., "xyz".index(axis)] = angle
        turned = rotvec_to_matrix(vector) @ turned
    return turned
