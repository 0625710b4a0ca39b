"""Noise of detections: what was put into them comes out of the measurement."""

import pytest
import torch

from model.camera import Cameras
from model.evaluate.detections import Frames
from model.evaluate.noise import noise_of, true_error_2d
from model.keypoints.names import CANONICAL_NAMES

COUNT = 400
NOSE, WRIST, HEEL = (CANONICAL_NAMES.index(name) for name in ("nose", "right_wrist", "left_heel"))


@pytest.fixture
def frames() -> Frames:
    """Exact detections of points 4 m away, in a box 500 pixels large."""
    generator = torch.Generator().manual_seed(0)
    camera = Cameras.of(1000.0, 1000.0, 500.0, 400.0, count=COUNT)
    truth = torch.rand(COUNT, 25, 3, generator=generator) + torch.tensor([0.0, 0.0, 3.5])
    truth[:, 1] = torch.tensor([0.0, 0.0, 4.0])
    truth[:, 2] = torch.tensor([2.0, 2.0, 4.0])
    return Frames(camera.project(truth), torch.full((COUNT, 25), 0.8), truth, camera)


def test_exact_detections_have_no_noise(frames: Frames) -> None:
    noise = noise_of(frames)
    assert set(noise) == set(CANONICAL_NAMES)
    for values in noise.values():
        assert values.frames == COUNT
        assert values.missing == 0
        assert max(values.bias, values.spread, values.far) < 1e-3
        assert values.confidence == pytest.approx(0.8)


def test_bias_and_spread_are_separated(frames: Frames) -> None:
    error = torch.randn(COUNT, 2, generator=torch.Generator().manual_seed(1))
    pixels, confidence = frames.pixels.clone(), frames.confidence.clone()
    pixels[:, NOSE] += 5 * error
    pixels[:, WRIST] += torch.tensor([3.0, 4.0])
    confidence[:100, HEEL] = 0.0
    pixels[:100, HEEL] = 1e4
    confidence[:, WRIST] = torch.linspace(0.1, 0.5, COUNT)
    noise = noise_of(Frames(pixels, confidence, frames.truth, frames.camera))
    assert noise["nose"].spread == pytest.approx(1.0, rel=0.05)
    assert noise["nose"].bias < 0.15
    # The length of a two-dimensional normal error exceeds 2.45 standard deviations once in twenty.
    assert noise["nose"].far == pytest.approx(2.45, rel=0.1)
    assert noise["right_wrist"].bias == pytest.approx(1.0, rel=1e-3)
    assert noise["right_wrist"].spread < 5e-3
    assert noise["right_wrist"].confidence == pytest.approx(0.3, abs=0.01)
    assert noise["left_heel"].missing == pytest.approx(0.25)
    assert noise["left_heel"].frames == COUNT - 100
    assert noise["left_heel"].far < 1e-3


def test_keypoints_without_truth_are_left_out(frames: Frames) -> None:
    truth = frames.truth.clone()
    truth[4:, NOSE] = torch.nan
    truth[5:, WRIST] = torch.nan
    noise = noise_of(Frames(frames.pixels, frames.confidence, truth, frames.camera))
    assert "nose" not in noise
    assert noise["right_wrist"].frames == 5


def test_the_truths_own_distance_is_weighted_by_confidence(frames: Frames) -> None:
    pixels, truth, confidence = frames.pixels.clone(), frames.truth.clone(), frames.confidence.clone()
    pixels[:, NOSE] += torch.tensor([3.0, 4.0])  # one percent of the box
    confidence[:, NOSE] = 0.2
    truth[:, WRIST] = torch.nan
    assert true_error_2d(frames) == pytest.approx(0.0, abs=1e-3)
    # 23 keypoints of weight 0.8 are exact.
    found = true_error_2d(Frames(pixels, confidence, truth, frames.camera))
    assert found == pytest.approx(0.2 / (0.2 + 23 * 0.8), rel=1e-3)
