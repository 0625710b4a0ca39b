"""Rotations: axis-angle vectors, 3x3 matrices, quaternions and the continuous 6D form.

What a server needs of them is written out here, as importing roma brings PyTorch's compiler along: more than
a second and 80 MB. Tests compare with roma's.
"""

import torch
from torch import Tensor

# Keeps Rodrigues' formula and its derivative finite at the identity; its own error there is below 1e-12.
_SMALLEST_SQUARE = 1e-12
# Below this the sine of a half angle is as good as none.
_SMALLEST_SINE = 1e-30
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
    """Convert axis-angle (..., 3), radians, to rotation matrices (..., 3, 3); differentiable at zero.

    Rodrigues' formula, cos I + sin/angle [v] + (1 - cos)/angle^2 v v^T, in few operations:
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


def vjp_rotvec(rotvec: Tensor, torque: Tensor) -> Tensor:
    """Compute the derivative (..., 3) by an axis-angle vector from that by a small rotation on its left.

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
    """Convert rotation matrices (..., 3, 3) to axis-angle (..., 3) of length 0 to pi, radians."""
    quaternion = _matrix_to_quaternion(matrix)
    # Of the two quaternions of a rotation the one of the smaller turn.
    quaternion = torch.where(quaternion[..., 3:] < 0, -quaternion, quaternion)
    axis, cosine = quaternion[..., :3], quaternion[..., 3:]
    sine = axis.norm(dim=-1, keepdim=True)
    rotvec: Tensor = axis * (2 * torch.atan2(sine, cosine) / sine.clamp_min(_SMALLEST_SINE))
    return rotvec


def _matrix_to_quaternion(matrix: Tensor) -> Tensor:
    """Return unit quaternions (..., 4), x, y, z, w, of rotation matrices (..., 3, 3), with either sign.

    Each row of 4 q q^T is a multiple of q, and its entries are sums of the matrix's; the row with the largest
    diagonal entry loses no digits (Shepperd, 1978).
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = (row.unbind(-1) for row in matrix.unbind(-2))
    rows = torch.stack(
        [
            torch.stack([1 + xx - yy - zz, xy + yx, xz + zx, zy - yz], -1),
            torch.stack([xy + yx, 1 - xx + yy - zz, yz + zy, xz - zx], -1),
            torch.stack([xz + zx, yz + zy, 1 - xx - yy + zz, yx - xy], -1),
            torch.stack([zy - yz, xz - zx, yx - xy, 1 + xx + yy + zz], -1),
        ],
        -2,
    )
    largest = rows.diagonal(dim1=-2, dim2=-1).argmax(-1)[..., None, None]
    row = rows.gather(-2, largest.expand(*largest.shape[:-1], 4)).squeeze(-2)
    quaternion: Tensor = row / row.norm(dim=-1, keepdim=True)
    return quaternion


def rotvec_to_quaternion(rotvec: Tensor) -> Tensor:
    """Convert axis-angle (..., 3), radians, to unit quaternions (..., 4), x, y, z, w."""
    half = rotvec.norm(dim=-1, keepdim=True) / 2
    return torch.cat([rotvec * torch.sinc(half / torch.pi) / 2, half.cos()], -1)


def orientation_to_rotvec(matrix: Tensor) -> Tensor:
    """Convert orientations (..., 3, 3) in camera axes to axis-angle (..., 3) of length 0 to 2 pi, radians.

    A person upright before a level camera is half a turn from SMPL's zero, about an axis between x (facing
    it) and z (facing away), so that the shortest vector would change its sign with the last bit of the
    matrix. Of the two vectors of a large rotation this returns the one on a fixed side, and is steady there.
    """
    rotvec = matrix_to_rotvec(matrix)
    angle = rotvec.norm(dim=-1, keepdim=True)
    side = (rotvec * rotvec.new_tensor(_STEADY_SIDE)).sum(-1, keepdim=True)
    other = rotvec * (1 - 2 * torch.pi / angle.clamp_min(1e-9))
    return torch.where((angle > torch.pi / 2) & (side < 0), other, rotvec)


def sixd_to_matrix(sixd: Tensor) -> Tensor:
    """Convert two unnormalised columns (..., 6) to rotation matrices (..., 3, 3) by Gram-Schmidt.

    The form is continuous over all rotations (Zhou et al., CVPR 2019), which axis-angle is not.
    """
    first, second = sixd.unflatten(-1, (3, 2)).unbind(-1)
    first = first / first.norm(dim=-1, keepdim=True)
    second = second - (first * second).sum(-1, keepdim=True) * first
    second = second / second.norm(dim=-1, keepdim=True)
    return torch.stack([first, second, torch.linalg.cross(first, second)], -1)


def matrix_to_sixd(matrix: Tensor) -> Tensor:
    """Convert rotation matrices (..., 3, 3) to two columns (..., 6); inverse of `sixd_to_matrix`."""
    return matrix[..., :2].flatten(-2)


def rotation_between(source: Tensor, target: Tensor) -> Tensor:
    """Return the smallest rotation (..., 3, 3) from unit vectors `source` (..., 3) to `target` (..., 3).

    cos I + [v] + v v^T / (1 + cos) for v = source x target, which needs no angle. Undefined for opposite
    vectors, which a keypoint in front of a camera cannot give.
    """
    axis = torch.linalg.cross(source, target)
    cosine = (source * target).sum(-1)[..., None, None]
    cross = (axis @ _CROSS.to(axis)).unflatten(-1, (3, 3))
    outer = axis.unsqueeze(-1) * axis.unsqueeze(-2)
    matrix: Tensor = cosine * _IDENTITY.to(axis) + cross + outer / (1 + cosine)
    return matrix
