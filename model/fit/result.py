"""The answer of a fit: a value with a status for every person."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum

import torch
from torch import Tensor

from model.batched import Batched, tree_map
from model.camera import Cameras
from model.rotation import matrix_to_rotvec, orientation_to_rotvec

# With fewer keypoints than this a body's pose is anybody's guess.
FEWEST_KEYPOINTS = 4


class FitStatus(StrEnum):
    """How a person's fit ended."""

    OK = "ok"
    TOO_FEW_KEYPOINTS = "too_few_keypoints"
    NO_EXTENT = "no_extent"
    OUT_OF_VIEW = "out_of_view"

    @property
    def sentence(self) -> str:
        """The status in words."""
        return {
            FitStatus.OK: "The body was fitted.",
            FitStatus.TOO_FEW_KEYPOINTS: f"Fewer than {FEWEST_KEYPOINTS} body keypoints were detected.",
            FitStatus.OUT_OF_VIEW: "The camera given could not have seen these keypoints.",
            FitStatus.NO_EXTENT: "All detected keypoints are at the same place.",
        }[self]

    @property
    def code(self) -> int:
        """Its place among all, by which it stands in tensors."""
        return list(FitStatus).index(self)


def statuses(codes: Tensor) -> list[FitStatus]:
    """The statuses of codes (B,), see `FitStatus.code`."""
    every = list(FitStatus)
    return [every[code] for code in codes.tolist()]


def pose_of(rotations: Tensor) -> Tensor:
    """Rotations (B, 24, 3, 3) as axis-angle (B, 24, 3), radians; the first is up to 2 pi long."""
    orientation = orientation_to_rotvec(rotations[:, :1])
    return torch.cat([orientation, matrix_to_rotvec(rotations[:, 1:])], 1)


@dataclass(frozen=True)
class FitResult(Batched):
    """The answer for B people. Frames: camera, x right, y down, z forward; metres, radians, pixels.

    Rows of people whose status is not ok hold zeros.

    Attributes:
        codes: (B,), of the statuses.
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
        best_step: (B,), the step whose iterate is returned, 0 for the initializer's.
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
    def status(self) -> list[FitStatus]:
        """One per person."""
        return statuses(self.codes)

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
