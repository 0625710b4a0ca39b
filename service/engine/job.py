"""A fit job and its outcome: the arrays that pass between requests and the engine."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.status import PersonStatus

FloatArray = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class FitJob:
    """P people to fit with the same number of steps; every array has a row per person.

    Attributes:
        keypoints: (P, 25, 3) canonical x, y in pixels and confidence.
        cameras: (P, 4) fx, fy, cx, cy in pixels, NaN where unknown.
        betas: (P, 10), NaN where free.
        steps: of L-SR1.
        mesh: (P,), True where vertices are wanted.
    """

    keypoints: FloatArray
    cameras: FloatArray
    betas: FloatArray
    steps: int
    mesh: NDArray[np.bool_]

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.keypoints)


@dataclass(frozen=True)
class FitOutcome:
    """The outcome of a job; only rows of people with status ok have a meaning. Units as in `FitResult`.

    Attributes:
        statuses, messages: one per person.
        arrays: the outputs of a fit by name, a row per person (`model.fit.result.OUTPUTS`).
        vertices: (V, 3) by person index, of fitted people with a wanted mesh.
        used: (P, 25, 3), the keypoints that were fitted: the job's, after corrections.
        left_out: (P, 25), True for detections that were ignored as false.
        exchanged: (P, 3), True for legs, arms, and eyes and ears with left and right exchanged.
        residual_ratio: (P,), the residual as a share of the longer side of the box around the used keypoints.
        farthest_ratio: (P,), the largest distance of a used keypoint, as the same share.
        seconds: time spent on `fit` and `mesh`, and in the `queue` if the job was queued.
    """

    statuses: list[PersonStatus]
    messages: list[str]
    arrays: Arrays
    vertices: dict[int, FloatArray]
    used: FloatArray
    left_out: NDArray[np.bool_]
    exchanged: NDArray[np.bool_]
    residual_ratio: FloatArray
    farthest_ratio: FloatArray
    seconds: dict[str, float] = field(default_factory=dict)
