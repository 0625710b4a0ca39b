"""One batch of people through the fitter: numpy in, numpy out, nothing that isn't finite."""

import time

import numpy as np
import torch
from torch import Tensor

from model.body.joints import NUM_BETAS, NUM_JOINTS
from model.camera import Cameras
from model.fit.fitter import Fitter
from model.fit.result import FitResult, FitStatus
from model.fit.robust.keypoints import Keypoints2D
from model.fit.robust.left_right import LIMBS
from model.keypoints.names import KEYPOINT_NAMES, NUM_CANONICAL
from service.engine.job import Arrays, FitJob, FitOutcome, FloatArray
from service.schemas.answer import PersonStatus

_NOT_FINITE = "The fit gave no finite numbers; the keypoints or the camera are implausible."


def run_job(fitter: Fitter, job: FitJob) -> FitOutcome:
    """Fit a job's people in one batch, and skin those who are ok if wanted."""
    if not job.people:
        return _nobody()
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
            statuses[index], messages[index] = PersonStatus.NOT_FINITE, _NOT_FINITE
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
