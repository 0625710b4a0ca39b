"""One batch of people through the fitter: numpy in, numpy out, nothing that isn't finite."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.body.joints import NUM_BETAS, NUM_JOINTS
from model.camera import Pinhole
from model.fit import Fitter
from model.fit_result import FitResult, FitStatus
from model.keypoints.layouts import to_canonical
from model.keypoints.names import KEYPOINT_NAMES, NUM_CANONICAL
from model.second_look.exchanged import LIMBS
from model.second_look.seen import Seen
from service.parsing import FitInput
from service.schemas.answer import PersonStatus

FloatArray = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]

_NOT_FINITE = "The fit gave no finite numbers; the keypoints or the camera are implausible."


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
        exchanged: (P, 3), of whom which of `LIMBS` had left for right.
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


def job_of(request: FitInput, *, mesh: bool) -> FitJob:
    """The job that a request asks for."""
    people = request.detections.people
    keypoints = np.zeros((len(people), NUM_CANONICAL, 3), np.float32)
    for row, person in zip(keypoints, people, strict=True):
        row[:] = to_canonical(person.points, person.layout)
    cameras = np.empty((len(people), 4), np.float32)
    cameras[:] = request.camera.numbers
    betas = np.full((len(people), NUM_BETAS), np.nan, np.float32)
    if request.options.betas is not None:
        betas[:] = request.options.betas
    return FitJob(keypoints, cameras, betas, request.options.steps, np.full(len(people), mesh))


def run_job(fitter: Fitter, job: FitJob) -> FitOutcome:
    """Fit a job's people in one batch, and skin those who are ok if wanted."""
    if not job.people:
        return _nobody()
    start = time.perf_counter()
    keypoints = torch.from_numpy(job.keypoints)
    look = fitter.fit_twice(
        Seen(keypoints[..., :2], keypoints[..., 2]),
        Pinhole(*torch.from_numpy(job.cameras).unbind(1)),
        steps=job.steps,
        betas=torch.from_numpy(job.betas),
    )
    result, arrays = look.result, _arrays(look.result)
    fitted = time.perf_counter()
    statuses, messages = _statuses(result, arrays)
    wanted = [i for i, status in enumerate(statuses) if job.mesh[i] and status is PersonStatus.OK]
    vertices = _vertices(fitter, result, wanted)
    for index, mesh in vertices.items():
        if not np.isfinite(mesh).all():
            statuses[index], messages[index] = PersonStatus.NOT_FINITE, _NOT_FINITE
    seconds = {"fit": fitted - start, "mesh": time.perf_counter() - fitted}
    used: FloatArray = torch.cat([look.used.pixels, look.used.confidence[..., None]], 2).cpu().numpy()
    size = _box_size(used)
    return FitOutcome(
        statuses,
        messages,
        arrays,
        vertices,
        used,
        left_out=look.left_out.cpu().numpy(),
        exchanged=look.exchanged.cpu().numpy(),
        residual_ratio=_share(arrays["residual_px"], size),
        farthest_ratio=_share(_farthest(used, arrays["keypoints2d"]), size),
        seconds=seconds,
    )


def _arrays(result: FitResult) -> Arrays:
    tensors = {
        "pose": result.pose,
        "betas": result.betas,
        "transl": result.translation,
        "joints3d": result.joints,
        "keypoints3d": result.keypoints,
        "keypoints2d": result.reprojection,
        "residual_px": result.residual,
        "objective": result.objective,
        "best_step": result.best_step,
        "camera": torch.stack(list(result.camera), 1),
    }
    return {name: tensor.cpu().numpy() for name, tensor in tensors.items()}


def _statuses(result: FitResult, arrays: Arrays) -> tuple[list[PersonStatus], list[str]]:
    """The fitter's statuses, with a last guard: a number that isn't finite never leaves."""
    statuses = result.status
    finite = np.ones(len(statuses), np.bool_)
    for array in arrays.values():
        finite &= np.isfinite(array).reshape(len(statuses), -1).all(1)
    pairs = [
        (PersonStatus.NOT_FINITE, _NOT_FINITE)
        if status is FitStatus.OK and not fine
        else (PersonStatus(status.value), status.sentence)
        for status, fine in zip(statuses, finite.tolist(), strict=True)
    ]
    return [status for status, _ in pairs], [message for _, message in pairs]


def _vertices(fitter: Fitter, result: FitResult, people: list[int]) -> dict[int, FloatArray]:
    if not people:
        return {}
    return dict(zip(people, fitter.vertices(result, people).cpu().numpy(), strict=True))


def _farthest(keypoints: FloatArray, reprojected: FloatArray) -> FloatArray:
    """Largest distance (P,) of a keypoint from its place on the body, pixels; 0 where none was seen."""
    distance = np.linalg.norm(reprojected[:, :NUM_CANONICAL] - keypoints[..., :2], axis=2)
    farthest: FloatArray = np.where(keypoints[..., 2] > 0, distance, np.float32(0)).max(1)
    return farthest


def _box_size(keypoints: FloatArray) -> FloatArray:
    """Longer side (P,) of the box around the keypoints that were seen, pixels."""
    seen = keypoints[..., 2:] > 0
    low = np.where(seen, keypoints[..., :2], np.inf).min(1)
    high = np.where(seen, keypoints[..., :2], -np.inf).max(1)
    size: FloatArray = (high - low).max(1)
    return size


def _share(length: FloatArray, size: FloatArray) -> FloatArray:
    """Of the box; 0 where there is none."""
    share: FloatArray = np.divide(length, size, out=np.zeros_like(size), where=size > 0)
    return share


def _nobody() -> FitOutcome:
    shapes = {
        "pose": (0, NUM_JOINTS, 3),
        "betas": (0, NUM_BETAS),
        "transl": (0, 3),
        "joints3d": (0, NUM_JOINTS, 3),
        "keypoints3d": (0, len(KEYPOINT_NAMES), 3),
        "keypoints2d": (0, len(KEYPOINT_NAMES), 2),
        "residual_px": (0,),
        "objective": (0, 1),
        "best_step": (0,),
        "camera": (0, 4),
    }
    arrays: Arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    nothing, nowhere = np.zeros(0, np.float32), np.zeros((0, NUM_CANONICAL), np.bool_)
    return FitOutcome(
        [],
        [],
        arrays,
        {},
        used=np.zeros((0, NUM_CANONICAL, 3), np.float32),
        left_out=nowhere,
        exchanged=nowhere[:, : len(LIMBS)],
        residual_ratio=nothing,
        farthest_ratio=nothing,
        seconds={"fit": 0.0, "mesh": 0.0},
    )
