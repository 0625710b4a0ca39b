"""The result of a fit: a value with a status for every person."""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from model.batched import Batched, tree_map
from model.camera import Cameras
from model.rotation import matrix_to_rotvec, orientation_to_rotvec
from model.status import PersonStatus


def statuses(codes: Tensor) -> list[PersonStatus]:
    """Return the statuses of codes (B,), see `PersonStatus.code`."""
    every = list(PersonStatus)
    return [every[code] for code in codes.tolist()]


def pose_of(rotations: Tensor) -> Tensor:
    """Return rotations (B, 24, 3, 3) as axis-angle (B, 24, 3), radians; the first is up to 2 pi long."""
    orientation = orientation_to_rotvec(rotations[:, :1])
    return torch.cat([orientation, matrix_to_rotvec(rotations[:, 1:])], 1)


@dataclass(frozen=True)
class FitResult(Batched):
    """The fits of B people. Frames: camera, x right, y down, z forward; metres, radians, pixels.

    Rows of people with another status than ok hold zeros.

    Attributes:
        codes: (B,), numbers of the statuses.
        rotations: (B, 24, 3, 3), relative to each parent, the first in the camera's axes.
        pose: (B, 24, 3), the same as axis-angle, see `pose_of`.
        betas: (B, 10).
        transl: (B, 3), translation.
        joints3d: (B, 24, 3), translation included.
        keypoints3d: (B, 27, 3), order of KEYPOINT_NAMES, translation included.
        keypoints2d: (B, 27, 2), their projections, pixels.
        residual_px: (B,), confidence-weighted mean distance to the detections, pixels.
        objective: (B, K + 1), of the initializer and after each step; the largest float where a step left
            the finite numbers.
        best_step: (B,), the step of the returned iterate, 0 for the initializer's.
        camera: the camera used for each person.
    """

    codes: Tensor
    rotations: Tensor
    pose: Tensor
    betas: Tensor
    transl: Tensor
    joints3d: Tensor
    keypoints3d: Tensor
    keypoints2d: Tensor
    residual_px: Tensor
    objective: Tensor
    best_step: Tensor
    camera: Cameras

    @property
    def status(self) -> list[PersonStatus]:
        """The status of each person."""
        return statuses(self.codes)

    @property
    def fitted(self) -> Tensor:
        """Mask (B,) of the people with status ok."""
        return self.codes == PersonStatus.OK.code

    def outputs(self) -> dict[str, Tensor]:
        """Return the tensors of `OUTPUTS` by name, the camera as (B, 4): fx, fy, cx, cy."""
        values = {name: getattr(self, name) for name in OUTPUTS}
        return {**values, "camera": self.camera.intrinsics}

    def blanked(self, usable: Tensor) -> "FitResult":
        """Return a copy with zeros, and no rotation, in the rows of all but the usable (B,) people."""
        zero = tree_map(lambda part: part.new_zeros(()), self)
        identity = torch.eye(3).to(self.rotations)
        return self.where(usable, replace(zero, codes=self.codes, rotations=identity))


# Names of a result's tensors that leave the fit, in the order of an answer; in JSON they have the same names.
_INTERNAL = ("codes", "rotations")
OUTPUTS = tuple(field.name for field in fields(FitResult) if field.name not in _INTERNAL)
