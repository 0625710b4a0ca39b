"""Poses as points: a chart of the rotations that a pose prior models, without heading and hands.

A point (65,) holds three numbers for each of joints 1 to 21, then two for the lean of the pelvis:
- the joint's rotation after its reference rotation, as axis-angle, radians. References are the mean
  rotations of the training poses, so that points stay far from where axis-angle wraps;
- the smallest rotation, axis-angle without its y, that stands for how the pelvis is turned against the
  vertical: upright, leaning or lying. It is the same for every heading.
"""

from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from model.body.joints import MIRRORED_JOINTS, NUM_JOINTS
from model.rotation import matrix_to_rotvec, rotvec_to_matrix

# Pelvis and hands aside: the former has its lean, the latter no training data moves.
NUM_ARTICULATED = NUM_JOINTS - 3
NUM_BODY = 3 * NUM_ARTICULATED
NUM_COORDINATES = NUM_BODY + 2

_ARTICULATED = slice(1, 1 + NUM_ARTICULATED)
_MIRRORED = [MIRRORED_JOINTS[joint] - 1 for joint in range(1, 1 + NUM_ARTICULATED)]
# A mirror image turns the other way about y and z.
_TURN_SIGNS = torch.tensor([1.0, -1.0, -1.0])
_SMALLEST_SINE_SQUARE = 1e-12


@dataclass(frozen=True)
class PoseChart:
    """Map between rotations and points.

    Attributes:
        reference: (21, 3, 3), rotations of joints 1 to 21 at which their coordinates are zero;
            mirror-symmetric.
    """

    reference: Tensor

    def to_points(self, rotations: Tensor) -> Tensor:
        """Return points (..., 65) of poses (..., 24, 3, 3), y up, of any heading; differentiable."""
        turns = matrix_to_rotvec(self.reference.to(rotations).mT @ rotations[..., _ARTICULATED, :, :])
        return torch.cat([turns.flatten(-2), _lean(rotations[..., 0, :, :])], -1)

    def to_rotations(self, points: Tensor) -> Tensor:
        """Return poses (..., 24, 3, 3) of points (..., 65): heading zero, hands at rest."""
        turns = points[..., :NUM_BODY].unflatten(-1, (NUM_ARTICULATED, 3))
        joints = self.reference.to(points) @ rotvec_to_matrix(turns)
        sideways, forwards = points[..., -1], points[..., -2]
        pelvis = rotvec_to_matrix(torch.stack([forwards, torch.zeros_like(forwards), sideways], -1))
        hands = torch.eye(3).to(points).expand(*points.shape[:-1], 2, 3, 3)
        return torch.cat([pelvis.unsqueeze(-3), joints, hands], -3)


def mirror_points(points: Tensor) -> Tensor:
    """Points (..., 65) of the mirror images of poses; its own inverse."""
    turns = points[..., :NUM_BODY].unflatten(-1, (NUM_ARTICULATED, 3))
    mirrored = (turns[..., _MIRRORED, :] * _TURN_SIGNS.to(points)).flatten(-2)
    return torch.cat([mirrored, points[..., -2:-1], -points[..., -1:]], -1)


def mean_chart(rotations: Tensor, weights: Tensor) -> PoseChart:
    """The chart around the mean of poses (N, 24, 3, 3) with weights (N,) and their mirror images."""
    mean = torch.einsum("n,njab->jab", weights / weights.sum(), rotations[:, _ARTICULATED])
    flip = torch.diag(torch.tensor([-1.0, 1.0, 1.0])).to(mean)
    reference: Tensor = roma.special_procrustes(mean + flip @ mean[_MIRRORED] @ flip)
    return PoseChart(reference)


def _lean(orientation: Tensor) -> Tensor:
    """Axis-angle (..., 2), its x and z, of the smallest rotation that takes R^T y to y; at most pi long."""
    up = orientation[..., 1, :]
    axis = torch.stack([-up[..., 2], up[..., 0]], -1)
    sine = axis.square().sum(-1, keepdim=True).clamp_min(_SMALLEST_SINE_SQUARE).sqrt()
    return axis * (torch.atan2(sine, up[..., 1:2]) / sine)
