"""Evaluation sets: people with known truth, the common form of all data sets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from model.body.body import Body
from model.camera import Cameras
from model.evaluate.metrics import EVALUATED

# The sequences that a few people are taken from are at most this long, frames.
_RUN = 30


class DatasetError(Exception):
    """A data set can't be read; the message says which file and why."""


class JointSource(Protocol):
    """Function that returns a data set's joints of a fitted body."""

    def __call__(self, body: Body, rotations: Tensor, betas: Tensor, /) -> Tensor:
        """Return (B, J, 3), metres, before translation."""


@dataclass(frozen=True)
class SkeletonJoints:
    """Some of the 24 joints of the skeleton, by number."""

    joints: tuple[int, ...]

    def __call__(self, body: Body, rotations: Tensor, betas: Tensor) -> Tensor:
        """Return (B, J, 3)."""
        return body.skeleton(rotations, betas).joints[:, list(self.joints)]


@dataclass(frozen=True)
class Keypoints:
    """Some of the keypoints of KEYPOINT_NAMES, by number."""

    keypoints: tuple[int, ...]

    def __call__(self, body: Body, rotations: Tensor, betas: Tensor) -> Tensor:
        """Return (B, J, 3)."""
        return body.skeleton(rotations, betas).keypoints[:, list(self.keypoints)]


@dataclass(frozen=True, eq=False)
class Regressed:
    """Weighted means of the mesh's vertices, by a matrix (J, V)."""

    matrix: Tensor

    def __call__(self, body: Body, rotations: Tensor, betas: Tensor) -> Tensor:
        """Return (B, J, 3); DatasetError if the body has another number of vertices."""
        if self.matrix.shape[1] != body.arrays.n_vertices:
            raise DatasetError(
                f"The joint regressor is for {self.matrix.shape[1]} vertices; "
                f"body '{body.arrays.name}' has {body.arrays.n_vertices}."
            )
        return self.matrix @ body.vertices(rotations, betas)


SKELETON_FOURTEEN = SkeletonJoints(tuple(EVALUATED))


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """N people with their 2D keypoints, cameras and truth. Camera axes: x right, y down, z forward; metres.

    Attributes:
        name: short, for files and tables.
        protocol: what is scored and how, for people.
        pixels, confidence: (N, 25, 2) and (N, 25), canonical keypoints.
        camera: (N,) each, NaN where nothing is known.
        truth: (N, J, 3) joints up to translation, NaN where unknown.
        joint_names: of the J joints; with `left_hip` and `right_hip`; the root is the middle of the two.
        joints_of: the same joints of a fitted body.
        group: (N,) people that depend on each other (one recording) share a number.
        mesh: vertices (n, V, 3) of the true bodies of given indices (n,), or None.
        frame: (N,) number in the group where that is a sequence without gaps, or None.
        fps: of the sequence.
    """

    name: str
    protocol: str
    pixels: Tensor
    confidence: Tensor
    camera: Cameras
    truth: Tensor
    joint_names: tuple[str, ...]
    joints_of: JointSource
    group: Tensor
    mesh: Callable[[Tensor], Tensor] | None = None
    frame: Tensor | None = None
    fps: float = 0.0

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def hips(self) -> list[int]:
        """Indices of the left and right hip."""
        return [self.joint_names.index(f"{side}_hip") for side in ("left", "right")]

    def some(self, most: int) -> Tensor:
        """Return indices of at most `most` people, in order; of sequences, the first frames of some.

        They are drawn at random, but always alike, so that fewer people are a part of more people.
        """
        if most >= len(self):
            return torch.arange(len(self))
        if self.frame is None:
            return _shuffled(len(self))[:most].sort().values
        length = min(_RUN, most)
        groups = self.group.unique()
        taken = groups[_shuffled(len(groups))[: max(most // length, 1)]]
        first: Tensor = torch.isin(self.group, taken) & (self.frame < length)
        return first.nonzero()[:, 0]

    def take(self, indices: Tensor) -> "EvaluationSet":
        """Return the people of the given indices (n,)."""
        mesh = self.mesh
        return replace(
            self,
            pixels=self.pixels[indices],
            confidence=self.confidence[indices],
            camera=self.camera.rows(indices),
            truth=self.truth[indices],
            group=self.group[indices],
            mesh=None if mesh is None else lambda some: mesh(indices[some]),
            frame=None if self.frame is None else self.frame[indices],
        )


def _shuffled(count: int) -> Tensor:
    """Return 0 to count - 1 in an order that is always the same."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))


def facing(dataset: EvaluationSet) -> Tensor:
    """Return the heading (N,) of the true bodies as the camera sees them, degrees, -180 to 180.

    0 faces the camera, 90 the right edge of the picture, so that the right side is seen. NaN where hips or
    shoulders have no truth.
    """
    names = dataset.joint_names
    left_hip, right_hip, left_shoulder, right_shoulder = (
        dataset.truth[:, names.index(f"{side}_{joint}")]
        for joint in ("hip", "shoulder")
        for side in ("left", "right")
    )
    left = left_hip + left_shoulder - right_hip - right_shoulder
    up = left_shoulder + right_shoulder - left_hip - right_hip
    forward = torch.linalg.cross(left, up)
    return torch.rad2deg(torch.atan2(forward[:, 0], -forward[:, 2]))
