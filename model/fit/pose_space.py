"""The variables of a fit: one vector x per person, and how it becomes rotations and shape."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.body.joints import NUM_BETAS, NUM_JOINTS, PARENTS
from model.body.kinematics import KinematicTree, forward_kinematics, turns_of_parents
from model.rotation import rotvec_to_matrix

# Wrists and hands turn no keypoint, so no 2D evidence moves them: they stay as the initializer says.
NUM_FREE_JOINTS = 20
NUM_VARIABLES = 3 * NUM_FREE_JOINTS + NUM_BETAS


_TREE = KinematicTree.from_parents(PARENTS)


class PoseSpace(NamedTuple):
    """A chart of poses around the initializer's guess.

    x = (deltas of joints 0 to 19, betas): each delta is an axis-angle vector, radians, from the joint's
    guessed to its current rotation. So the start is zero, far from where axis-angle wraps, and facing
    the camera (half a turn from SMPL's zero) is no special case.

    Deltas are in the axes of the virtual camera. About its z a limb turns within the picture, which keypoints
    determine well; about x and y it turns in depth, which they hardly determine. The optimizer scales one
    coordinate at a time, so it can treat the two differently; in the axes of parents they would mix.

    Attributes:
        origin: (B, 24, 3, 3), the initializer's rotations.
        axes: (B, 20, 3, 3), from the axes of each free joint's parent, as the initializer has them, to the
            camera's.
    """

    origin: Tensor
    axes: Tensor

    @classmethod
    def around(cls, rotations: Tensor) -> "PoseSpace":
        """Build the chart around rotations (B, 24, 3, 3)."""
        bones = rotations.new_zeros(rotations.shape[0], NUM_JOINTS, 3)
        orientations, _ = forward_kinematics(rotations, bones, _TREE)
        return cls(rotations, turns_of_parents(orientations, _TREE)[:, :NUM_FREE_JOINTS])

    def decode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return rotations (B, 24, 3, 3) and betas (B, 10) of x (B, 70)."""
        delta = rotvec_to_matrix(self.rotvecs(x))
        free, rest = self.origin[:, :NUM_FREE_JOINTS], self.origin[:, NUM_FREE_JOINTS:]
        return torch.cat([delta @ free, rest], 1), x[:, -NUM_BETAS:]

    def rotvecs(self, x: Tensor) -> Tensor:
        """Return the deltas (B, 20, 3) of x (B, 70) in the axes of parents."""
        in_camera = x[:, :-NUM_BETAS].unflatten(1, (NUM_FREE_JOINTS, 3, 1))
        deltas: Tensor = (self.axes.mT @ in_camera).squeeze(-1)
        return deltas

    def vjp(self, grad_rotvecs: Tensor) -> Tensor:
        """Return the derivative (B, 60) by the deltas of x from that by `rotvecs` (B, 20, 3)."""
        return (self.axes @ grad_rotvecs.unsqueeze(-1)).flatten(1)


def start(rotations: Tensor, betas: Tensor) -> tuple[Tensor, PoseSpace]:
    """Return the point x (B, 70) of rotations (B, 24, 3, 3) and betas (B, 10), and the chart around it."""
    deltas = betas.new_zeros(betas.shape[0], NUM_VARIABLES - NUM_BETAS)
    return torch.cat([deltas, betas], 1), PoseSpace.around(rotations)
