"""A fit job and its outcome: the arrays that pass between requests and the engine."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.schemas.answer import PersonStatus

FloatArray = NDArray[np.float32]


Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class FitJob:
    """P people to be fitted alike; every array has a row per person, so that jobs can share a batch.

    Attributes:
        keypoints: (P, 25, 3) canonical x, y in pixels and confidence.
        cameras: (P, 4) fx, fy, cx, cy in pixels, NaN where unknown.
        betas: (P, 10), NaN where free.
        steps: of L-SR1.
        mesh: (P,), whether vertices are wanted.
    """

    keypoints: FloatArray
    cameras: FloatArray
    betas: FloatArray
    steps: int
    mesh: NDArray[np.bool_]

    @property
    def people(self) -> int:
        """How many."""
        return len(self.keypoints)


@dataclass(frozen=True)
class FitOutcome:
    """What came of a job; rows of people whose status isn't ok mean nothing. Frame and units as `FitResult`.

    Attributes:
        statuses, messages: one per person.
        arrays: `pose` (P, 24, 3), `betas` (P, 10), `transl` (P, 3), `joints3d` (P, 24, 3), `keypoints3d`
            (P, 27, 3), `keypoints2d` (P, 27, 2), `residual_px` (P,), `objective` (P, K + 1), `best_step`
            (P,), `camera` (P, 4).
        vertices: (V, 3) by person, of those who are ok, if wanted.
        used: (P, 25, 3), the keypoints that people were fitted to: as the job's, but for what was wrong.
        left_out: (P, 25), detections that were left out as false.
        exchanged: (P, 2), whose legs and arms had left for right.
        residual_ratio: (P,), the residual as a share of the box around the person's other keypoints.
        farthest_ratio: (P,), of the one of these that is farthest off, alike.
        seconds: `fit` and `mesh`, and `queue` if it waited.
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
