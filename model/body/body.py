"""A body ready to be posed: SMPL's blend shapes and skinning as buffers, for keypoints or for the mesh."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.body.arrays import BodyArrays, BodyError
from model.body.joints import NUM_JOINTS
from model.body.kinematics import KinematicTree, forward_kinematics, lengthened
from model.body.landmarks import LANDMARK_VERTICES, keypoint_matrix


class PosedSkeleton(NamedTuple):
    """A posed skeleton in metres, before translation, and what its reverse pass needs.

    Attributes:
        joints: (B, 24, 3).
        keypoints: (B, 27, 3), in the order of KEYPOINT_NAMES.
        turns: (B, 24, 3, 3), global rotations.
        rest: (B, 24, 3), joints of this shape at rest.
        landmarks: (B, 12, 3), landmark vertices of this shape at rest.
    """

    joints: Tensor
    keypoints: Tensor
    turns: Tensor
    rest: Tensor
    landmarks: Tensor


class Body(nn.Module):
    """SMPL's function on given arrays. Buffers are not persistent: a body is never saved with weights.

    Args:
        arrays: the body's arrays.

    Raises:
        BodyError: it has too few vertices for the landmarks' numbers.
    """

    template: Tensor
    shapedirs: Tensor
    skinning: Tensor
    joint_template: Tensor
    joint_shapedirs: Tensor
    landmark_template: Tensor
    landmark_shapedirs: Tensor
    landmark_skinning: Tensor
    keypoint_matrix: Tensor
    posedirs: Tensor
    landmark_posedirs: Tensor

    def __init__(self, arrays: BodyArrays) -> None:
        super().__init__()
        self.arrays = arrays
        self.tree = KinematicTree.from_parents(tuple(int(parent) for parent in arrays.parents))
        template = torch.as_tensor(arrays.v_template, dtype=torch.float32)
        shapedirs = torch.as_tensor(arrays.shapedirs, dtype=torch.float32)
        regressor = torch.as_tensor(arrays.j_regressor, dtype=torch.float32)
        skinning = dense_skinning(arrays)
        landmarks = _landmark_vertices(arrays)
        buffers = {
            "template": template,
            "shapedirs": shapedirs,
            "skinning": skinning,
            "joint_template": regressor @ template,
            "joint_shapedirs": torch.einsum("jv,vcs->jcs", regressor, shapedirs),
            "landmark_template": template[landmarks],
            "landmark_shapedirs": shapedirs[landmarks],
            "landmark_skinning": skinning[landmarks],
            "keypoint_matrix": keypoint_matrix(),
        }
        self.has_posedirs = arrays.posedirs is not None
        if arrays.posedirs is not None:
            buffers["posedirs"] = torch.as_tensor(arrays.posedirs, dtype=torch.float32)
            buffers["landmark_posedirs"] = buffers["posedirs"][landmarks]
        for name, value in buffers.items():
            self.register_buffer(name, value, persistent=False)

    def skeleton(self, rotations: Tensor, betas: Tensor, bones: Tensor | None = None) -> PosedSkeleton:
        """Joints and keypoints without skinning the mesh: what fitting needs.

        Args:
            rotations: (B, 24, 3, 3), relative to each parent; the first is the global orientation.
            betas: (B, 10), standard deviations of the body's population, useful within -3 to 3.
            bones: (B, 24), length of the bone to each joint as a share of the body's own, for people of other
                proportions; landmarks go along with the joints that their skin hangs on.
        """
        rest = blend(self.joint_template, self.joint_shapedirs, betas)
        points = blend(self.landmark_template, self.landmark_shapedirs, betas)
        if bones is not None:
            shift = lengthened(rest, bones, self.tree) - rest
            rest, points = rest + shift, points + self.landmark_skinning @ shift
        turns, joints = forward_kinematics(rotations, rest, self.tree)
        if self.has_posedirs:
            points = points + pose_offsets(self.landmark_posedirs, rotations)
        skinned = skin(points, self.landmark_skinning, turns, joints, rest)
        keypoints = self.keypoint_matrix @ torch.cat([joints, skinned], 1)
        return PosedSkeleton(joints, keypoints, turns, rest, points)

    def vertices(self, rotations: Tensor, betas: Tensor) -> Tensor:
        """Return the skinned mesh (B, V, 3), metres, before translation; arguments as for `skeleton`."""
        rest = blend(self.joint_template, self.joint_shapedirs, betas)
        turns, joints = forward_kinematics(rotations, rest, self.tree)
        points = blend(self.template, self.shapedirs, betas)
        if self.has_posedirs:
            points = points + pose_offsets(self.posedirs, rotations)
        return skin(points, self.skinning, turns, joints, rest)


def _landmark_vertices(arrays: BodyArrays) -> list[int]:
    vertices = list(LANDMARK_VERTICES.values())
    if max(vertices) >= arrays.n_vertices:
        raise BodyError(
            f"Body '{arrays.name}' has {arrays.n_vertices} vertices; keypoints need number {max(vertices)}."
        )
    return vertices


def dense_skinning(arrays: BodyArrays) -> Tensor:
    """Return skinning weights as (V, 24), from the few joints and weights kept per vertex."""
    dense = torch.zeros(len(arrays.v_template), NUM_JOINTS)
    joints = torch.as_tensor(arrays.skin_joints, dtype=torch.int64)
    return dense.scatter_add_(1, joints, torch.as_tensor(arrays.skin_weights, dtype=torch.float32))


def blend(template: Tensor, directions: Tensor, betas: Tensor) -> Tensor:
    """Return points (B, P, 3) moved by shape: template (P, 3) + directions (P, 3, 10) times betas (B, 10)."""
    moved: Tensor = (betas @ directions.flatten(0, 1).T).unflatten(1, template.shape)
    return template + moved


def pose_offsets(directions: Tensor, rotations: Tensor) -> Tensor:
    """Return pose blend shapes (B, P, 3): directions (P, 3, 207) times the body rotations less identity."""
    feature = (rotations[:, 1:] - torch.eye(3, device=rotations.device, dtype=rotations.dtype)).flatten(1)
    offsets: Tensor = (feature @ directions.flatten(0, 1).T).unflatten(1, directions.shape[:2])
    return offsets


def skin(points: Tensor, weights: Tensor, turns: Tensor, joints: Tensor, rest: Tensor) -> Tensor:
    """Apply linear blend skinning (B, P, 3): each point moves by the weighted mean of its joints' motions.

    Args:
        points: (B, P, 3) at rest.
        weights: (P, 24), rows sum to one.
        turns: (B, 24, 3, 3) global rotations.
        joints: (B, 24, 3) posed.
        rest: (B, 24, 3) joints at rest.
    """
    shift = joints - (turns @ rest.unsqueeze(-1)).squeeze(-1)
    motion: Tensor = (weights @ torch.cat([turns, shift.unsqueeze(-1)], -1).flatten(2)).unflatten(2, (3, 4))
    return (motion[..., :3] @ points.unsqueeze(-1)).squeeze(-1) + motion[..., 3]
