"""A recording as every reader hands it over, and putting it on the libraries' grid of 30 frames a second."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.body.joints import JOINT_NAMES, NUM_JOINTS
from model.rotation import matrix_to_rotvec, rotvec_to_matrix

GRID = 30.0
"""Frames a second on which `frame` of a pose library counts."""

_SLOWEST, _FASTEST = 1.0, 2000.0
_HANDS = [JOINT_NAMES.index("left_hand"), JOINT_NAMES.index("right_hand")]
# Of SMPL-H and SMPL-X the pelvis and the 21 joints of the body, which are SMPL's first 22.
_BODY_JOINTS = 22

# Rotations that make y point up.
_TO_Y_UP = {
    "y": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "z": [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]],
    "camera": [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]],
}


class ClipError(Exception):
    """A file holds no poses that can be read; the message says why."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Poses of one person, in order of time where `rate` is given.

    Attributes:
        name: of the trial.
        poses: (M, 24, 3) float64 axis-angle, radians, each joint relative to its parent, y up. May hold
            values that are not finite.
        rate: frames per second; None where poses have no order.
        frames: (M,) place of each on the grid of 30 frames a second; counted from 0 where None.
        subject, source, licence, description: as far as they are known.
        weight: how often the trial is drawn, relative to others of its length.
    """

    name: str
    poses: NDArray[np.float64]
    rate: float | None = None
    frames: NDArray[np.int64] | None = None
    subject: str = ""
    source: str = ""
    licence: str = ""
    description: str = ""
    weight: float = 1.0


def grid_rows(count: int, rate: float) -> NDArray[np.int64]:
    """Return which of `count` frames, taken `rate` times a second, lie nearest to the grid of 30 a second.

    Raises:
        ClipError: the rate is none that a recording has.
    """
    if not _SLOWEST <= rate <= _FASTEST:
        raise ClipError(f"{rate:g} frames a second is no rate of a recording")
    # Files round the time of a frame, so that the last one may seem to come a little early.
    steps = int((count - 1) * GRID / rate + 0.01) + 1 if count else 0
    rows: NDArray[np.int64] = np.rint(np.arange(steps) * rate / GRID).astype(np.int64)
    rows[rows >= count] = count - 1
    return rows


def body_poses(values: NDArray[np.generic], up: str = "y") -> NDArray[np.float64]:
    """The 24 joints of SMPL, y up, from poses in any of its family's forms; fingers and face are left out.

    Args:
        values: (M, 66 | 72 | 156 | 165) or (M, J, 3) axis-angle, or (M, J, 3, 3) rotation matrices, of at
            least the pelvis and 21 joints of the body.
        up: axis of the world that points up: "y", "z", or "camera" for a camera's axes (y down).

    Returns:
        (M, 24, 3); hands (22, 23) are zero, since no two of these forms mean the same by them.

    Raises:
        ClipError: another shape, or no numbers.
    """
    if values.dtype.kind not in "fiu":
        raise ClipError(f"poses are {values.dtype}, not numbers")
    joints = _split_joints(values)
    rotations = joints if joints.ndim == 4 else rotvec_to_matrix(joints)
    turned = torch.tensor(_TO_Y_UP[up], dtype=torch.float64) @ rotations[:, 0]
    rotvecs = torch.zeros(len(joints), NUM_JOINTS, 3, dtype=torch.float64)
    rotvecs[:, 0] = matrix_to_rotvec(turned)
    rotvecs[:, 1:_BODY_JOINTS] = matrix_to_rotvec(rotations[:, 1:])
    rotvecs[:, _HANDS] = 0.0
    return rotvecs.numpy()


def _split_joints(values: NDArray[np.generic]) -> Tensor:
    """The first 22 joints, (M, 22, 3) or (M, 22, 3, 3)."""
    width = values.shape[-1] if values.ndim == 2 else 0
    if width in (66, 72, 156, 165):
        values = values.reshape(len(values), -1, 3)
    tail = values.shape[2:]
    if values.ndim not in (3, 4) or tail not in ((3,), (3, 3)) or values.shape[1] < _BODY_JOINTS:
        raise ClipError(f"poses of shape {values.shape} are none of SMPL's, SMPL-H's or SMPL-X's")
    return torch.from_numpy(values[:, :_BODY_JOINTS].astype(np.float64))
