"""Clips of four cameras: what is read, and what a perfect answer scores."""

from pathlib import Path

import numpy as np
import pytest

from model.body.body import Body
from model.evaluate.clips import evaluate_clips, read_clips
from model.evaluate.detections import DetectionsError
from tests.model.people import people_in_picture, tiny_recovery

FRAMES, CAMERAS = 6, 4


@pytest.fixture
def file(body: Body, tmp_path: Path) -> Path:
    """Two clips of three frames of a body, all four cameras in one place, turned as the world is."""
    people = people_in_picture(body, FRAMES)
    keypoints = body.skeleton(people.rotations, people.betas).keypoints[:, :25] + people.translation[:, None]
    pixels = people.pixels[:, None].repeat(1, CAMERAS, 1, 1).numpy()
    confidence = np.ones((FRAMES, CAMERAS, 25))
    confidence[0, 1] = 0.0  # no detection
    path = tmp_path / "clips.npz"
    np.savez(
        path, kp2d_clean=pixels, kp2d_noisy=pixels, conf_noisy=confidence, kp3d=keypoints.numpy(),
        clip=np.repeat([0, 1], 3), R=np.tile(np.eye(3), (2, CAMERAS, 1, 1)), t=np.zeros((2, CAMERAS, 3)),
        f=np.full((2, CAMERAS), 1100.0), c=np.array([960.0, 540.0]),
    )  # fmt: skip
    return path


def test_truth_and_keypoints_of_each_camera_belong_together(file: Path) -> None:
    clips = read_clips(file)
    assert [len(cameras) for cameras in clips.values()] == [CAMERAS, CAMERAS]
    for cameras in clips.values():
        for frames in cameras:
            np.testing.assert_allclose(frames.camera.project(frames.truth), frames.pixels, atol=0.02)
    assert [len(frames.pixels) for frames in clips["noisy"]] == [6, 5, 6, 6]


def test_every_step_has_an_error(file: Path, body: Body) -> None:
    errors = evaluate_clips(tiny_recovery(), body, file, steps=2)
    assert list(errors) == ["clean", "noisy"]
    assert [len(values.pa_mpjpe_mm) for values in errors.values()] == [3, 3]
    assert errors["clean"].frames == FRAMES * CAMERAS


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clips.npz"
    path.write_bytes(content)
    with pytest.raises(DetectionsError, match="holds no clips"):
        read_clips(path)
