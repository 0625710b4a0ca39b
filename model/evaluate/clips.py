"""Evaluation on clips of four cameras with truth, frame by frame; people's proportions are not the body's."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from model.body.body import Body
from model.camera import Cameras
from model.evaluate.detections import CameraErrors, DetectionsError, Frames, errors_of, mean_over_cameras
from model.fit.network import Recovery

KINDS = ("clean", "noisy")


def evaluate_clips(recovery: Recovery, body: Body, file: Path, steps: int) -> dict[str, CameraErrors]:
    """Return the errors on clean and noisy keypoints after 0 to `steps` steps, means over the cameras.

    Frames in which nothing is detected are left out.

    Raises:
        DetectionsError: the file is not of the expected layout.
    """
    cameras = read_clips(file)
    return {
        kind: mean_over_cameras(
            {str(number): errors_of(recovery, body, frames, steps) for number, frames in enumerate(some)}
        )
        for kind, some in cameras.items()
    }


def read_clips(file: Path) -> dict[str, list[Frames]]:
    """Read each camera's view of all clips' frames, "clean" and "noisy"; truth in camera axes, metres.

    Raises:
        DetectionsError: the file is not of the expected layout.
    """
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        return {kind: [_camera(arrays, kind, camera) for camera in range(4)] for kind in KINDS}
    except (OSError, EOFError, LookupError, TypeError, ValueError, BadZipFile) as error:
        raise DetectionsError(f"{file} holds no clips with truth: {error!r}.") from error


def _camera(arrays: dict[str, np.ndarray], kind: str, camera: int) -> Frames:
    clip, (cx, cy) = arrays["clip"], arrays["c"]
    pixels = torch.as_tensor(arrays[f"kp2d_{kind}"][:, camera], dtype=torch.float32)
    confidence = (
        torch.as_tensor(arrays["conf_noisy"][:, camera], dtype=torch.float32)
        if kind == "noisy"
        else torch.ones(pixels.shape[:2])
    )
    turned = np.einsum("mij,mkj->mki", arrays["R"][clip, camera], arrays["kp3d"])
    truth = torch.as_tensor(turned + arrays["t"][clip, camera][:, None], dtype=torch.float32)
    focal = torch.as_tensor(arrays["f"][clip, camera], dtype=torch.float32)
    seen = (confidence > 0).sum(1) > 1
    cameras = Cameras.of(focal, focal, float(cx), float(cy)).rows(seen)
    return Frames(pixels[seen], confidence[seen], truth[seen], cameras)
