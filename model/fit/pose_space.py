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
    """A chart of poses around the initializer's answer.

    x = (turns of joints 0 to 19, betas): each turn is an axis-angle vector, radians, by which the joint's
    rotation differs from the initializer's. So the start is zero, far from where axis-angle wraps, and a
    person who faces the camera (half a turn from SMPL's zero) is nothing special.

    Turns are told in the axes of the virtual camera. About its z a limb turns within the picture, which
    the keypoints tell well; about x and y it turns in depth, which they hardly tell. So the optimizer, which
    scales one coordinate at a time, can treat the two differently; in the axes of parents they would mix.

    Attributes:
        origin: (B, 24, 3, 3), the initializer's rotations.
        axes: (B, 20, 3, 3), from the axes of each free joint's parent, as the initializer has them, to the
            camera's.
    """

    origin: Tensor
    axes: Tensor

    @classmethod
    def around(cls, rotations: Tensor) -> "PoseSpace":
        """The chart around rotations (B, 24, 3, 3)."""
        bones = rotations.new_zeros(rotations.shape[0], NUM_JOINTS, 3)
        turns, _ = forward_kinematics(rotations, bones, _TREE)
        return cls(rotations, turns_of_parents(turns, _TREE)[:, :NUM_FREE_JOINTS])

    def decode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Rotations (B, 24, 3, 3) and betas (B, 10) of x (B, 70)."""
        turns = rotvec_to_matrix(self.turns(x))
        free, rest = self.origin[:, :NUM_FREE_JOINTS], self.origin[:, NUM_FREE_JOINTS:]
        return torch.cat([turns @ free, rest], 1), x[:, -NUM_BETAS:]

    def turns(self, x: Tensor) -> Tensor:
        """The turns (B, 20, 3) of x (B, 70) in the axes of parents."""
        told = x[:, :-NUM_BETAS].unflatten(1, (NUM_FREE_JOINTS, 3, 1))
        turns: Tensor = (self.axes.mT @ told).squeeze(-1)
        return turns

    def pull_back(self, by_turns: Tensor) -> Tensor:
        """Derivative (B, 60) by the turns of x, from that by turns in the axes of parents (B, 20, 3)."""
        return (self.axes @ by_turns.unsqueeze(-1)).flatten(1)


def start(rotations: Tensor, betas: Tensor) -> tuple[Tensor, PoseSpace]:
    """The point x (B, 70) of rotations (B, 24, 3, 3) and betas (B, 10), and the space around it."""
    turns = betas.new_zeros(betas.shape[0], NUM_VARIABLES - NUM_BETAS)
    return torch.cat([turns, betas], 1), PoseSpace.around(rotations)
