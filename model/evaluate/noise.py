"""How far real detections are from the 3D truth, keypoint by keypoint: what `DetectorConfig` is set by."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from model.evaluate.detections import Frames, read_detections
from model.keypoints.names import CANONICAL_NAMES
from model.view import bounding_box

# Fewer frames tell nothing of a spread.
_FEWEST = 5


@dataclass(frozen=True)
class KeypointNoise:
    """What one camera's frames say of one keypoint; errors are percent of the person's box.

    Attributes:
        frames: in which it was detected and has truth.
        missing: share of all frames in which it was not detected.
        bias: length of the mean error: another idea of where the keypoint is.
        spread: standard deviation about the bias, of one coordinate.
        far: 95th percentile of the error's length.
        confidence: median.
    """

    frames: int
    missing: float
    bias: float
    spread: float
    far: float
    confidence: float


def measure_noise(folder: Path) -> dict[str, dict[str, KeypointNoise]]:
    """By camera and keypoint, of a folder of detections; see `noise_of`.

    Raises:
        DetectionsError: the folder is not of the expected layout.
    """
    return {name: noise_of(frames) for name, frames in read_detections(folder).items()}


def noise_of(frames: Frames) -> dict[str, KeypointNoise]:
    """By keypoint; those with fewer than five frames are left out."""
    detected = frames.confidence > 0
    _, size = bounding_box(frames.pixels, detected)
    error = 100 * (frames.pixels - frames.camera.project(frames.truth)) / size[:, None, None]
    known = detected & error.isfinite().all(-1)
    return {
        name: _of_keypoint(error[known[:, i], i], frames.confidence[:, i], known[:, i])
        for i, name in enumerate(CANONICAL_NAMES)
        if int(known[:, i].sum()) >= _FEWEST
    }


def _of_keypoint(error: Tensor, confidence: Tensor, known: Tensor) -> KeypointNoise:
    bias = error.mean(0)
    return KeypointNoise(
        frames=len(error),
        missing=float((confidence == 0).float().mean()),
        bias=float(bias.norm()),
        spread=float((error - bias).square().mean().sqrt()),
        far=float(error.norm(dim=1).quantile(0.95)),
        confidence=float(confidence[known].median()),
    )
