"""Rotations: axis-angle vectors, 3x3 matrices and the continuous 6D form."""

import roma
import torch
from torch import Tensor

# Keeps the formula of Rodrigues and its derivative finite at no turn; its own error there is below 1e-12.
_SMALLEST_SQUARE = 1e-12
# Squared angle below which two terms of a series are as good as 32 bits.
_SERIES_BELOW = 1e-3
_IDENTITY = torch.eye(3)
# v times this is the matrix of the cross product with v, row by row.
_CROSS = torch.tensor(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0],
        [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
)

# Axes of half turns on this side are kept; the seam is at people seen from behind their right shoulder.
_STEADY_SIDE = (0.866, 0.0, 0.5)


def rotvec_to_matrix(rotvec: Tensor) -> Tensor:
    """Axis-angle (..., 3), radians, to rotation matrices (..., 3, 3); differentiable at zero.

    Rodrigues' formula, cos I + sin/angle [v] + (1 - cos)/angle^2 v v^T, in fewer operations than roma's:
    every step of a fit passes here, forwards and back.
    """
    square = rotvec.square().sum(-1, keepdim=True).clamp_min(_SMALLEST_SQUARE)
    half = square.sqrt() / 2
    # (1 - cos) / angle^2 by the half angle, which loses no digits where the angle is small.
    versine = ((half.sin() / half).square() / 2).unsqueeze(-1)
    sine = rotvec * ((2 * half).sin() / (2 * half))
    cross = (sine @ _CROSS.to(rotvec)).unflatten(-1, (3, 3))
    outer = rotvec.unsqueeze(-1) * rotvec.unsqueeze(-2)
    matrix: Tensor = (
        versine * (outer - square.unsqueeze(-1) * _IDENTITY.to(rotvec)) + cross + _IDENTITY.to(rotvec)
    )
    return matrix


def pull_back_rotvec(rotvec: Tensor, torque: Tensor) -> Tensor:
    """Derivative (..., 3) by an axis-angle vector, from that by a small turn on its left (..., 3).

    A change of the vector turns the rotation by the left Jacobian of SO(3) times the change, so this is the
    Jacobian's transpose times the torque.
    """
    square = rotvec.square().sum(-1, keepdim=True).clamp_min(_SMALLEST_SQUARE)
    half = square.sqrt() / 2
    versine = (half.sin() / half).square() / 2
    # (1 - sin/angle) / angle^2; its series where the difference would lose digits.
    remainder = torch.where(
        square > _SERIES_BELOW, (1 - (2 * half).sin() / (2 * half)) / square, 1 / 6 - square / 120
    )
    once = torch.linalg.cross(rotvec, torque)
    pulled: Tensor = torque - versine * once + remainder * torch.linalg.cross(rotvec, once)
    return pulled


def matrix_to_rotvec(matrix: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) to axis-angle (..., 3) of length 0 to pi, radians."""
    rotvec: Tensor = roma.rotmat_to_rotvec(matrix)
    return rotvec


def orientation_to_rotvec(matrix: Tensor) -> Tensor:
    """Global orientations (..., 3, 3) in camera axes to axis-angle (..., 3) of length 0 to 2 pi, radians.

    Whoever stands upright before a level camera is half a turn from SMPL's zero, about an axis between x
    (facing it) and z (facing away), so that the shortest vector would change its sign with the last bit of
    the matrix. Of the two vectors of a large turn this gives the one on a fixed side, and is steady there.
    """
    rotvec = matrix_to_rotvec(matrix)
    angle = rotvec.norm(dim=-1, keepdim=True)
    side = (rotvec * rotvec.new_tensor(_STEADY_SIDE)).sum(-1, keepdim=True)
    other = rotvec * (1 - 2 * torch.pi / angle.clamp_min(1e-9))
    return torch.where((angle > torch.pi / 2) & (side < 0), other, rotvec)


def sixd_to_matrix(sixd: Tensor) -> Tensor:
    """Two unnormalised columns (..., 6) to rotation matrices (..., 3, 3) by Gram-Schmidt.

    The form is continuous over all rotations (Zhou et al., CVPR 2019), which axis-angle is not.
    """
    matrix: Tensor = roma.special_gramschmidt(sixd.unflatten(-1, (3, 2)))
    return matrix


def matrix_to_sixd(matrix: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) to their first two columns (..., 6); inverse of `sixd_to_matrix`."""
    return matrix[..., :2].flatten(-2)


def rotation_between(source: Tensor, target: Tensor) -> Tensor:
    """Smallest rotation (..., 3, 3) that turns unit vector `source` (..., 3) onto `target` (..., 3).

    cos I + [v] + v v^T / (1 + cos) for v = source x target, which needs no angle. Undefined for opposite
    vectors, which a keypoint in front of a camera cannot give.
    """
    axis = torch.linalg.cross(source, target)
    cosine = (source * target).sum(-1)[..., None, None]
    cross = (axis @ _CROSS.to(axis)).unflatten(-1, (3, 3))
    outer = axis.unsqueeze(-1) * axis.unsqueeze(-2)
    matrix: Tensor = cosine * _IDENTITY.to(axis) + cross + outer / (1 + cosine)
    return matrix
