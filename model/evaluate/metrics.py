"""Errors of 3D points: MPJPE, and PA-MPJPE after the best similarity transform."""

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES


def mpjpe(points: Tensor, truth: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean distance (B,) of points (B, J, 3) from the truth (B, J, 3), in their unit.

    Args:
        points: (B, J, 3).
        truth: (B, J, 3), in the same unit.
        weights: (B, J), 0 for points without truth; by default all count alike.
    """
    distance: Tensor = (points - truth).norm(dim=-1)
    if weights is None:
        return distance.mean(1)
    return (distance * weights).sum(1) / weights.sum(1)


def align(points: Tensor, truth: Tensor, weights: Tensor | None = None) -> Tensor:
    """Points (B, J, 3) after the similarity transform that brings them closest to the truth.

    Gradients take the transform as given: it is the best one, so a small change of it changes the sum of
    squares only in the second order, and the singular value decomposition has none where values are equal.
    """
    matrix, shift = _similarity(points, truth, weights)
    return points @ matrix.mT + shift


@torch.no_grad()
def _similarity(points: Tensor, truth: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """Scaled rotation (B, 3, 3) and translation (B, 1, 3).

    Rotation by the singular value decomposition of the covariance, without reflection, then scale and
    translation (Umeyama, 1991).
    """
    if weights is None:
        weights = torch.ones_like(points[..., 0])
    share = (weights / weights.sum(1, keepdim=True))[..., None]
    mean, mean_truth = (share * points).sum(1, keepdim=True), (share * truth).sum(1, keepdim=True)
    p, t = points - mean, truth - mean_truth
    u, s, vh = torch.linalg.svd((share * t).mT @ p)
    sign = torch.ones_like(s)
    sign[:, 2] = torch.linalg.det(u @ vh).sign()
    scale: Tensor = (s * sign).sum(1) / (share * p.square()).sum((1, 2)).clamp_min(1e-12)
    matrix = scale[:, None, None] * ((u * sign[:, None]) @ vh)
    return matrix, mean_truth - mean @ matrix.mT


def pa_mpjpe(points: Tensor, truth: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean distance (B,) after `align`; arguments as for `mpjpe`."""
    return mpjpe(align(points, truth, weights), truth, weights)


# The 14 joints of the LSP data set in its order, which most papers score; and their indices in the skeleton.
FOURTEEN = (
    *("right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist"),
    *("right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "neck", "head"),
)
EVALUATED = [JOINT_NAMES.index(name) for name in FOURTEEN]
