"""A person as a rig: body and skeleton in the rest pose, and the rotations of the joints; y up."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.body.body import blend, pose_offsets
from model.rotation import rotvec_to_matrix, rotvec_to_quaternion
from service.engine.job import FloatArray
from service.response.answer import PersonFit
from service.response.encode.geometry import TO_Y_UP

_LARGEST_WEIGHT = 65535
_INFLUENCES_PER_SET = 4

SkinSets = tuple[tuple[NDArray[np.uint8], NDArray[np.uint16]], ...]
"""Sets of joints (V, 4) and weights (V, 4) of each vertex."""

# Dropped weights move a vertex by their share of the distance between its positions under two joints. Joints
# that share a vertex are neighbours: with less than a metre between these positions, the error is below 1 mm.
_MOST_DROPPED = 0.001


@dataclass(frozen=True)
class Rig:
    """One person's rig; its linear blend skinning gives the answer's mesh.

    Attributes:
        vertices: (V, 3), metres: the person's shape in a T-pose with the pose's correctives, in the body's
            frame (y up, facing +z, left at +x).
        joints: (24, 3), metres, in the body's frame.
        rotations: (24, 4), unit quaternions x, y, z, w of each joint relative to its parent; the first is
            from the body's frame to the scene's.
        root: (3,), metres: position of the root joint in the scene, y up.
    """

    vertices: FloatArray
    joints: FloatArray
    rotations: FloatArray
    root: FloatArray


def rig_of(fit: PersonFit, body: BodyArrays) -> Rig:
    """Build the rig of a fitted person."""
    betas, pose = torch.from_numpy(fit.betas)[None], torch.from_numpy(fit.pose)
    shaped = blend(torch.as_tensor(body.v_template), torch.as_tensor(body.shapedirs), betas)
    joints = torch.as_tensor(body.j_regressor) @ shaped[0]
    if body.posedirs is not None:
        matrices = rotvec_to_matrix(pose)[None]
        shaped = shaped + pose_offsets(torch.as_tensor(body.posedirs), matrices)
    rotations = rotvec_to_quaternion(pose)
    rotations[0] = _to_y_up(rotations[0])
    return Rig(
        vertices=shaped[0].numpy(),
        joints=joints.numpy(),
        rotations=torch.nn.functional.normalize(rotations, dim=-1).numpy(),
        root=(joints[0].numpy() + fit.transl) * TO_Y_UP,
    )


def _to_y_up(quaternion: torch.Tensor) -> torch.Tensor:
    """Return i q: a rotation q (4,), then half a turn about x from the camera's axes to glTF's."""
    x, y, z, w = quaternion
    return torch.stack([w, -z, y, -x])


@lru_cache(maxsize=2)
def skin_sets(body: BodyArrays) -> SkinSets:
    """Return joints (V, 4) and weights (V, 4) of each vertex, in one or two sets as the body needs.

    Weights are in units of 1 / 65535 and sum to one exactly, over all sets. Four joints per vertex are
    enough for SMPL and the open body, and are all that many programs read; the rest is dropped if it is less
    than a thousandth.
    """
    joints, weights = _strongest_first(body)
    dropped = weights[:, _INFLUENCES_PER_SET:].sum(1).max(initial=0.0)
    sets = 1 if dropped <= _MOST_DROPPED else 2
    kept = sets * _INFLUENCES_PER_SET
    joints, weights = joints[:, :kept], weights[:, :kept]
    units = np.rint(weights / weights.sum(1, keepdims=True) * _LARGEST_WEIGHT).astype(np.int64)
    units[:, 0] += _LARGEST_WEIGHT - units.sum(1)
    joints = np.where(units > 0, joints, 0)
    return tuple(
        (part.astype(np.uint8), amount.astype(np.uint16))
        for part, amount in zip(np.split(joints, sets, 1), np.split(units, sets, 1), strict=True)
    )


def _strongest_first(body: BodyArrays) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return joints and weights (V, 8 or more), the largest weights first, padded with zeros."""
    order = np.argsort(-body.skin_weights, axis=1, kind="stable")
    joints = np.take_along_axis(np.asarray(body.skin_joints, np.int64), order, 1)
    weights = np.take_along_axis(np.asarray(body.skin_weights, np.float64), order, 1)
    missing = ((0, 0), (0, max(0, 2 * _INFLUENCES_PER_SET - weights.shape[1])))
    return np.pad(joints, missing), np.pad(weights, missing)
