"""Errors of real detections against the 3D truth by keypoint, which `DetectorConfig` is set by."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from model.evaluate.detections import Frames, read_detections
from model.evaluate.poses import mean_distance
from model.fit.observation import bounding_box
from model.keypoints.names import CANONICAL_NAMES

# Fewer frames don't determine a spread.
_FEWEST = 5


@dataclass(frozen=True)
class KeypointNoise:
    """Noise of one keypoint in one camera's frames; errors in percent of the person's box.

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
    """Return the noise by camera and keypoint of a folder of detections; see `noise_of`.

    Raises:
        DetectionsError: the folder is not of the expected layout.
    """
    return {name: noise_of(frames) for name, frames in read_detections(folder).items()}


def noise_of(frames: Frames) -> dict[str, KeypointNoise]:
    """Return the noise by keypoint; keypoints in fewer than five frames are left out."""
    error = _error(frames)
    known = (frames.confidence > 0) & error.isfinite().all(-1)
    return {
        name: _of_keypoint(error[known[:, i], i], frames.confidence[:, i], known[:, i])
        for i, name in enumerate(CANONICAL_NAMES)
        if int(known[:, i].sum()) >= _FEWEST
    }


def true_error_2d(frames: Frames) -> float:
    """Return how far the truth itself is from the detections: what no fit should be much below.

    Confidence-weighted mean over keypoints that have truth, then over frames; percent of the person's box.
    """
    error = _error(frames)
    known = error.isfinite().all(-1)
    distance = mean_distance(error.where(known[..., None], error.new_zeros(())), frames.confidence * known)
    return float(distance.mean())


def _error(frames: Frames) -> Tensor:
    """Return vectors (F, 25, 2) from projected truth to detections, percent of the box; NaN without truth."""
    _, size = bounding_box(frames.pixels, frames.confidence > 0)
    return 100 * (frames.pixels - frames.camera.project(frames.truth)) / size[:, None, None]


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
