"""The reverse pass of posing (vector-Jacobian product), computed as statics.

The derivative of an objective with respect to a point acts as a force on it. About each joint the forces on
the limb beyond it add up to a torque, which is the derivative with respect to a small rotation of that joint.
So the gradient of any function of keypoints takes one pass over the tree, and no graph of the forward pass.
"""

from typing import Protocol

import torch
from torch import Tensor

from model.body.kinematics import KinematicTree, turns_of_parents


class PosableBody(Protocol):
    """The arrays of a `Body` that the reverse pass reads."""

    tree: KinematicTree
    has_posedirs: bool
    keypoint_matrix: Tensor
    joint_template: Tensor
    joint_shapedirs: Tensor
    landmark_template: Tensor
    landmark_shapedirs: Tensor
    landmark_posedirs: Tensor
    landmark_skinning: Tensor


class Posed(Protocol):
    """The parts of a `PosedSkeleton` that the reverse pass reads."""

    @property
    def joints(self) -> Tensor:
        """Joints (B, 24, 3)."""

    @property
    def turns(self) -> Tensor:
        """Global rotations (B, 24, 3, 3)."""

    @property
    def rest(self) -> Tensor:
        """Joints (B, 24, 3) at rest."""

    @property
    def landmarks(self) -> Tensor:
        """Landmarks (B, L, 3) at rest."""


def vjp(
    body: PosableBody, skeleton: Posed, rotations: Tensor, grad_keypoints: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute the gradient of a function of keypoints from its derivative with respect to them.

    Args:
        body: the body.
        skeleton: the posed skeleton.
        rotations: (B, 24, 3, 3), of the pose.
        grad_keypoints: (B, J, 3), derivative with respect to the first J keypoints.

    Returns:
        The derivative (B, 24, 3) with respect to a small rotation of each joint, as a rotation vector in the
        axes of its parent (of the camera for the root); and the derivative (B, 10) with respect to betas.
    """
    sources = body.keypoint_matrix[: grad_keypoints.shape[1]].mT @ grad_keypoints
    on_joints, on_points = sources.split((len(body.joint_template), len(body.landmark_template)), 1)
    turns = skeleton.turns
    above = turns_of_parents(turns, body.tree)

    # A landmark is skinned to several joints: each carries its share of the force and of its moment.
    pulls = on_points.unsqueeze(-1) * skeleton.landmarks.unsqueeze(-2)
    shared = (body.landmark_skinning.mT @ torch.cat([on_points, pulls.flatten(2)], -1)).split((3, 9), -1)
    carried = shared[0]
    moments = _moment(shared[1].unflatten(-1, (3, 3)) @ turns.mT)
    own_shift = skeleton.joints - _turned(turns, skeleton.rest)
    moments = moments + torch.linalg.cross(own_shift, carried)
    moments = moments + torch.linalg.cross(skeleton.joints, on_joints)

    totals = body.tree.below.to(grad_keypoints) @ torch.cat([carried + on_joints, moments], -1)
    force, moment = totals.split(3, -1)
    torque = moment - torch.linalg.cross(skeleton.joints, force)
    grad_rotations = _turned(above.mT, torque)

    on_rest_points = _turned(_blended(body.landmark_skinning, turns).mT, on_points)
    on_rest_joints = _turned(above.mT, force) - _turned(turns.mT, force - on_joints)
    if body.has_posedirs:
        grad_rotations = grad_rotations + _through_blend_shapes(body, rotations, on_rest_points)
    return grad_rotations, _on_betas(body, on_rest_joints, on_rest_points)


def _on_betas(body: PosableBody, on_rest_joints: Tensor, on_rest_points: Tensor) -> Tensor:
    """Return the derivative (B, 10) by betas from those by joints and landmarks (B, L, 3) at rest."""
    by_joints = on_rest_joints.flatten(1) @ body.joint_shapedirs.flatten(0, 1)
    by_points: Tensor = on_rest_points.flatten(1) @ body.landmark_shapedirs.flatten(0, 1)
    return by_joints + by_points


def _through_blend_shapes(body: PosableBody, rotations: Tensor, on_rest_points: Tensor) -> Tensor:
    """Return the derivative (B, 24, 3) by rotations through pose blend shapes of the landmarks at rest."""
    on_entries = on_rest_points.flatten(1) @ body.landmark_posedirs.flatten(0, 1)
    grad_rotations = _moment(on_entries.unflatten(1, (-1, 3, 3)) @ rotations[:, 1:].mT)
    return torch.nn.functional.pad(grad_rotations, (0, 0, 1, 0))


def _turned(turns: Tensor, vectors: Tensor) -> Tensor:
    """Rotate vectors (B, P, 3), each by one matrix of (B, P, 3, 3)."""
    return (turns @ vectors.unsqueeze(-1)).squeeze(-1)


def _blended(weights: Tensor, turns: Tensor) -> Tensor:
    """Return the mean rotation of each skinned point (B, P, 3, 3)."""
    mean: Tensor = (weights @ turns.flatten(2)).unflatten(2, (3, 3))
    return mean


def _moment(outer: Tensor) -> Tensor:
    """Return the moment sum of y x g (..., 3) from the sum of g y^T (..., 3, 3)."""
    skew = outer - outer.mT
    return torch.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], -1)
