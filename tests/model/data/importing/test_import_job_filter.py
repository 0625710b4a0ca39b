"""From clips to poses of a library: every frame is accounted for."""

import numpy as np
import pytest

from model.body.joints import JOINT_NAMES
from model.data.importing.clip import Clip, ClipError
from model.data.importing.import_job import THINNED, filter_clip

ELBOW, KNEE = JOINT_NAMES.index("left_elbow"), JOINT_NAMES.index("left_knee")


def moving(frames: int) -> np.ndarray:
    """Poses with an elbow bending, arms down."""
    poses = np.zeros((frames, 24, 3))
    poses[:, JOINT_NAMES.index("left_shoulder"), 2] = -1.2
    poses[:, ELBOW, 1] = -np.linspace(0, 1.5, frames)
    return poses


@pytest.mark.parametrize(("rate", "per_second", "step"), [(120, 10, 3), (60, 10, 3), (30, 30, 1), (30, 5, 6)])
def test_about_so_many_poses_a_second_are_kept(rate: int, per_second: float, step: int) -> None:
    clip, tally = filter_clip(Clip("a", moving(2 * rate), float(rate)), per_second)
    assert tally.read == 60
    assert clip.frames is not None
    assert clip.frames.tolist() == list(range(0, 60, step))
    np.testing.assert_allclose(clip.poses, moving(2 * rate)[:: rate * step // 30], atol=1e-6)


def test_every_frame_is_accounted_for() -> None:
    poses = moving(90)
    poses[10, 3, 0] = np.nan
    poses[20:30, KNEE, 0] = -1.0
    poses[40] = 0.0
    clip, tally = filter_clip(Clip("a", poses, 30.0), 10)
    assert tally.kept == len(clip.poses) > 10
    assert tally.read == 90
    assert set(tally.left_out) == {
        "not finite", "knee bent backwards or sideways", "T-pose", "jump", THINNED
    }  # fmt: skip
    assert tally.left_out["knee bent backwards or sideways"] == 10
    assert np.isfinite(clip.poses).all()
    assert clip.frames is not None
    assert not {10, 20, 25, 29, 39, 40, 41} & set(clip.frames.tolist())


def test_poses_without_order_are_neither_thinned_nor_called_jumps() -> None:
    poses = np.random.default_rng(0).normal(0, 0.3, (7, 24, 3))
    poses[:, [4, 5], 0] = 0.5
    clip, tally = filter_clip(Clip("a", poses, frames=np.arange(7) * 11), 10)
    assert tally.kept == 7
    assert clip.frames is not None
    assert clip.frames.tolist() == [0, 11, 22, 33, 44, 55, 66]


def test_no_frames_are_no_trouble_but_no_rate_is() -> None:
    clip, tally = filter_clip(Clip("a", moving(0), 30.0), 10)
    assert len(clip.poses) == tally.read == 0
    with pytest.raises(ClipError, match="rate"):
        filter_clip(Clip("a", moving(3), 0.0), 10)
