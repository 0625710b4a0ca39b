"""Rotations: axis-angle vectors, 3x3 matrices and the continuous 6D form. Conversions are roma's."""

import roma
import torch
from torch import Tensor

# Axes of half turns on this side are kept; the seam is at people seen from behind their right shoulder.
_STEADY_SIDE = (0.866, 0.0, 0.5)


def rotvec_to_matrix(rotvec: Tensor) -> Tensor:
    """Axis-angle (..., 3), radians, to rotation matrices (..., 3, 3); differentiable at zero."""
    matrix: Tensor = roma.rotvec_to_rotmat(rotvec)
    return matrix


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

    Undefined for opposite vectors, which a keypoint in front of a camera cannot give.
    """
    axis = torch.linalg.cross(source, target)
    cosine = (source * target).sum(-1, keepdim=True)
    sine = axis.norm(dim=-1, keepdim=True)
    angle = torch.atan2(sine, cosine)
    return rotvec_to_matrix(axis / sine.clamp_min(1e-12) * angle)
