"""Running one batch of people through the fitter: numpy in, finite numpy out."""

import time

import numpy as np
import torch
from torch import Tensor

from model.camera import Cameras
from model.fit.fitter import Fitter
from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D
from model.keypoints.names import NUM_CANONICAL
from model.status import PersonStatus
from service.engine.job import Arrays, FitJob, FitOutcome, FloatArray


def run_job(fitter: Fitter, job: FitJob) -> FitOutcome:
    """Fit a job's people in one batch, and skin the fitted ones if their meshes are wanted."""
    start = time.perf_counter()
    keypoints = torch.from_numpy(job.keypoints)
    robust = fitter.fit_robust(
        Keypoints2D(keypoints[..., :2], keypoints[..., 2]),
        Cameras(torch.from_numpy(job.cameras)),
        steps=job.steps,
        betas=torch.from_numpy(job.betas),
    )
    result, arrays = robust.result, _numpy(robust.result.outputs())
    fitted = time.perf_counter()
    statuses, messages = _statuses(result, arrays)
    wanted = [i for i, status in enumerate(statuses) if job.mesh[i] and status is PersonStatus.OK]
    vertices = _vertices(fitter, result, wanted)
    for index, mesh in vertices.items():
        if not np.isfinite(mesh).all():
            statuses[index], messages[index] = PersonStatus.NOT_FINITE, PersonStatus.NOT_FINITE.sentence
    seconds = {"fit": fitted - start, "mesh": time.perf_counter() - fitted}
    used: FloatArray = torch.cat([robust.used.pixels, robust.used.confidence[..., None]], 2).cpu().numpy()
    size = _box_size(used)
    return FitOutcome(
        statuses,
        messages,
        arrays,
        vertices,
        used,
        left_out=robust.outliers.cpu().numpy(),
        exchanged=robust.swapped.cpu().numpy(),
        residual_ratio=_share(arrays["residual_px"], size),
        farthest_ratio=_share(_farthest(used, arrays["keypoints2d"]), size),
        seconds=seconds,
    )


def _numpy(tensors: dict[str, Tensor]) -> Arrays:
    return {name: tensor.cpu().numpy() for name, tensor in tensors.items()}


def _statuses(result: FitResult, arrays: Arrays) -> tuple[list[PersonStatus], list[str]]:
    """Return statuses and messages; a fit with a number that isn't finite gets a status of that name."""
    statuses = result.status
    finite = np.ones(len(statuses), np.bool_)
    for array in arrays.values():
        finite &= np.isfinite(array).all(tuple(range(1, array.ndim)))
    kept = [
        PersonStatus.NOT_FINITE if status is PersonStatus.OK and not fine else status
        for status, fine in zip(statuses, finite.tolist(), strict=True)
    ]
    return kept, [status.sentence for status in kept]


def _vertices(fitter: Fitter, result: FitResult, people: list[int]) -> dict[int, FloatArray]:
    if not people:
        return {}
    return dict(zip(people, fitter.vertices(result, people).cpu().numpy(), strict=True))


def _farthest(keypoints: FloatArray, reprojected: FloatArray) -> FloatArray:
    """Return the largest distance (P,) of a used keypoint from its reprojection, pixels; 0 without any."""
    distance = np.linalg.norm(reprojected[:, :NUM_CANONICAL] - keypoints[..., :2], axis=2)
    farthest: FloatArray = np.where(keypoints[..., 2] > 0, distance, np.float32(0)).max(1)
    return farthest


def _box_size(keypoints: FloatArray) -> FloatArray:
    """Return the longer side (P,) of the box around the used keypoints, pixels."""
    seen = keypoints[..., 2:] > 0
    low = np.where(seen, keypoints[..., :2], np.inf).min(1)
    high = np.where(seen, keypoints[..., :2], -np.inf).max(1)
    size: FloatArray = (high - low).max(1)
    return size


def _share(length: FloatArray, size: FloatArray) -> FloatArray:
    """Return a length (P,) as a share of the box size (P,), 0 for an empty box."""
    share: FloatArray = np.divide(length, size, out=np.zeros_like(size), where=size > 0)
    return share
