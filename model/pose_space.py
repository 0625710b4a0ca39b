"""The variables of a fit: one vector x per person, and how it becomes rotations and shape."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.body.joints import NUM_BETAS
from model.rotation import rotvec_to_matrix

# Wrists and hands turn no keypoint, so no 2D evidence moves them: they stay as the initializer says.
NUM_FREE_JOINTS = 20
NUM_VARIABLES = 3 * NUM_FREE_JOINTS + NUM_BETAS


class PoseSpace(NamedTuple):
    """A chart of poses around the initializer's answer.

    x = (turns of joints 0 to 19, betas): each turn is an axis-angle vector, radians, by which the joint's
    rotation differs from the initializer's, in the axes of its parent (of the camera for the root). So the
    start is zero, far from where axis-angle wraps, and a person who faces the camera (half a turn from
    SMPL's zero) is nothing special.

    Attributes:
        origin: (B, 24, 3, 3), the initializer's rotations.
    """

    origin: Tensor

    def decode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Rotations (B, 24, 3, 3) and betas (B, 10) of x (B, 70)."""
        turns = rotvec_to_matrix(x[:, :-NUM_BETAS].unflatten(1, (NUM_FREE_JOINTS, 3)))
        free, rest = self.origin[:, :NUM_FREE_JOINTS], self.origin[:, NUM_FREE_JOINTS:]
        return torch.cat([turns @ free, rest], 1), x[:, -NUM_BETAS:]


def start(rotations: Tensor, betas: Tensor) -> tuple[Tensor, PoseSpace]:
    """The point x (B, 70) of rotations (B, 24, 3, 3) and betas (B, 10), and the space around it."""
    turns = betas.new_zeros(betas.shape[0], NUM_VARIABLES - NUM_BETAS)
    return torch.cat([turns, betas], 1), PoseSpace(rotations)
