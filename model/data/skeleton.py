"""The 24 joints of a pose on a body's mean shape, by which poses are compared and counted."""

from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from model.body.file import load_body_arrays
from model.body.joints import PARENTS
from model.body.kinematics import KinematicTree, forward_kinematics
from model.weights import OPEN_BODY, weights_folder

# Poses at a time, which bounds the memory of a library of millions.
_CHUNK = 8192


class Skeleton:
    """SMPL's tree of joints with the lengths of one body.

    Args:
        rest: (24, 3) joints in the zero pose, metres, y up.
    """

    def __init__(self, rest: Tensor) -> None:
        self.rest = rest
        self._tree = KinematicTree.from_parents(PARENTS)

    def pose(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        """Global rotations (N, 24, 3, 3) and joints (N, 24, 3), metres from the pelvis, of poses."""
        rest = (self.rest - self.rest[0]).to(rotations)
        parts = [
            forward_kinematics(part, rest.expand(len(part), -1, -1), self._tree)
            for part in rotations.split(_CHUNK)
        ]
        return torch.cat([turns for turns, _ in parts]), torch.cat([joints for _, joints in parts])

    def direction(self, start: int, end: int) -> Tensor:
        """Unit vector (3,) float64 from one joint to another in the zero pose."""
        return torch.nn.functional.normalize((self.rest[end] - self.rest[start]).double(), dim=0)


@cache
def body_skeleton(file: Path | None = None) -> Skeleton:
    """The skeleton of a body's mean shape; of the open body if no file is given.

    Raises:
        BodyError: the body's file is missing or broken.
    """
    arrays = load_body_arrays(file or weights_folder() / OPEN_BODY)
    return Skeleton(torch.from_numpy(arrays.j_regressor @ arrays.v_template).float())
