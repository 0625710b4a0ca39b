"""Real detections with 3D truth: BODY_25 files of calibrated cameras, scored on the 12 limb keypoints.

The folder holds `cameras.json` (per camera: K, dist, R, t), `joints3d.npz` (world frame, metres),
`subject_index.json` (which of the people is the subject) and `BODY_25_converted/<camera>/*.FFFF.json`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.body.body import Body
from model.camera import Cameras
from model.evaluate.metrics import pa_mpjpe
from model.evaluate.poses import mean_distance
from model.fit.mirror import canonical_side, mirror_keypoints
from model.fit.network import Recovery
from model.fit.observation import look_at_person
from model.keypoints.layouts import Layout, to_canonical
from model.keypoints.openpose import read_openpose

# BODY_25 numbers of shoulders, elbows, wrists, hips, knees and ankles.
LIMBS = [*range(2, 8), *range(9, 15)]
_TRUTH = "joints_body25_all"


class DetectionsError(Exception):
    """A folder is not of the expected layout; the message says what is missing."""


@dataclass(frozen=True)
class CameraErrors:
    """Means over the frames of one camera, one number per iterate, the initializer's first.

    Attributes:
        frames: how many were scored.
        pa_mpjpe_mm: over the limb keypoints that have truth, millimetres.
        error_2d: confidence-weighted distance from the detections, percent of the person's box.
    """

    frames: int
    pa_mpjpe_mm: list[float]
    error_2d: list[float]


@dataclass(frozen=True)
class Frames:
    """The subject in all frames of a camera: pixels (F, 25, 2), confidence (F, 25), truth (F, 25, 3)."""

    pixels: Tensor
    confidence: Tensor
    truth: Tensor
    camera: Cameras


def evaluate_detections(recovery: Recovery, body: Body, folder: Path, steps: int) -> dict[str, CameraErrors]:
    """Errors per camera after 0 to `steps` steps, with the known camera.

    Raises:
        DetectionsError: the folder is not of the expected layout.
    """
    return {name: errors_of(recovery, body, some, steps) for name, some in read_detections(folder).items()}


def read_detections(folder: Path) -> dict[str, Frames]:
    """The subject in each camera's frames.

    Raises:
        DetectionsError: the folder is not of the expected layout.
    """
    try:
        cameras = json.loads((folder / "cameras.json").read_text())
        subjects = json.loads((folder / "subject_index.json").read_text())
        with (folder / "joints3d.npz").open("rb") as file, np.load(file, allow_pickle=False) as truth:
            joints = dict(zip(truth["frames"].tolist(), truth[_TRUTH], strict=True))
        names = sorted(path.name for path in (folder / "BODY_25_converted").iterdir())
        return {name: _read_frames(folder, name, cameras[name], subjects[name], joints) for name in names}
    except (OSError, EOFError, LookupError, TypeError, ValueError, BadZipFile) as error:
        raise DetectionsError(f"{folder} is not a folder of detections with truth: {error!r}.") from error


def mean_over_cameras(errors: dict[str, CameraErrors]) -> CameraErrors:
    """Mean of the cameras' means, each camera alike."""

    def mean(rows: list[list[float]]) -> list[float]:
        return [float(value) for value in np.mean(rows, axis=0)]

    cameras = list(errors.values())
    return CameraErrors(
        sum(camera.frames for camera in cameras),
        mean([camera.pa_mpjpe_mm for camera in cameras]),
        mean([camera.error_2d for camera in cameras]),
    )


@torch.no_grad()
def errors_of(recovery: Recovery, body: Body, frames: Frames, steps: int) -> CameraErrors:
    """Errors on the frames of one camera after 0 to `steps` steps."""
    view = look_at_person(frames.pixels, frames.confidence, frames.camera)
    observation, flipped = canonical_side(view.observation)
    _, trajectory = recovery.trajectory(body, observation, steps)
    truth = torch.where(flipped[:, None, None], mirror_keypoints(frames.truth), frames.truth)[:, LIMBS]
    known = truth.isfinite().all(-1)
    truth = torch.where(known[..., None], truth, torch.zeros(()))
    pa, error_2d = [], []
    for evaluation in trajectory.evaluations:
        points = evaluation.skeleton.keypoints[:, LIMBS]
        pa.append(float(pa_mpjpe(points, truth, known.float()).mean() * 1000))
        error_2d.append(float(mean_distance(evaluation.residual, observation.confidence).mean() * 100))
    return CameraErrors(len(frames.pixels), pa, error_2d)


def _read_frames(
    folder: Path, name: str, camera: dict[str, Any], subjects: dict[str, list[int]], joints: dict[int, Any]
) -> Frames:
    points, truth = [], []
    for path in sorted((folder / "BODY_25_converted" / name).glob("*.json")):
        frame = path.stem.rsplit(".", 1)[1]
        people = read_openpose(json.loads(path.read_text()), Layout.BODY_25).people
        # Where the detector split the subject in two, the part with more keypoints is what it found.
        found = max((people[i] for i in subjects[frame]), key=lambda person: int(person.observed.sum()))
        points.append(to_canonical(found.points, Layout.BODY_25))
        truth.append(joints[int(frame)])
    detected = np.stack(points)
    intrinsics = np.asarray(camera["K"], dtype=np.float64)
    detected[..., :2] = undistort(detected[..., :2], intrinsics, camera["dist"])
    fx, fy, cx, cy = intrinsics[0, 0], intrinsics[1, 1], intrinsics[0, 2], intrinsics[1, 2]
    tensors = torch.as_tensor(detected, dtype=torch.float32)
    world_to_camera = np.asarray(camera["R"])
    in_camera = np.stack(truth).reshape(-1, 3) @ world_to_camera.T + np.asarray(camera["t"])
    return Frames(
        tensors[..., :2],
        tensors[..., 2],
        torch.as_tensor(in_camera, dtype=torch.float32).view(len(points), -1, 3),
        Cameras.of(float(fx), float(fy), float(cx), float(cy), count=len(points)),
    )


def undistort(
    pixels: NDArray[np.float64], intrinsics: NDArray[np.float64], dist: list[float]
) -> NDArray[np.float64]:
    """Pixels (..., 2) as a lens without distortion would have them.

    Inverts OpenCV's model (k1, k2, p1, p2) by fixed-point iteration, which converges for the mild
    distortion of ordinary lenses.
    """
    k1, k2, p1, p2 = dist
    focal, centre = intrinsics[[0, 1], [0, 1]], intrinsics[:2, 2]
    seen = (pixels - centre) / focal
    point = seen
    for _ in range(20):
        x, y = point[..., 0], point[..., 1]
        r2 = x * x + y * y
        radial = (1 + k1 * r2 + k2 * r2 * r2)[..., None]
        along_x, along_y = 2 * p1 * x * y + p2 * (r2 + 2 * x * x), p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        point = (seen - np.stack([along_x, along_y], -1)) / radial
    undistorted: NDArray[np.float64] = point * focal + centre
    return undistorted
