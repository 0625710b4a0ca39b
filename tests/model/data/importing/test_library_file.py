"""Pose libraries written and read back; what training reads is what was written."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.data.importing.clip import Clip
from model.data.importing.library_file import read_library, write_library
from model.data.library import LibraryError, load_library


def clips() -> list[Clip]:
    draw = np.random.default_rng(0)
    return [
        Clip("01_01", draw.normal(0, 0.3, (4, 24, 3)), frames=np.array([0, 3, 6, 12]), subject="01",
             source="CMU", licence="free", description="walk", weight=2.0),
        Clip("empty", np.zeros((0, 24, 3)), frames=np.arange(0)),
        Clip("é b", draw.normal(0, 0.3, (1, 24, 3)), frames=np.array([5])),
    ]  # fmt: skip


def test_clips_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.npz"
    write_library(clips(), path)
    back = read_library(path)
    assert [clip.name for clip in back] == ["01_01", "é b"]
    for one, other in zip([clips()[0], clips()[2]], back, strict=True):
        np.testing.assert_allclose(one.poses, other.poses, atol=1e-6)
        assert one.frames is not None
        assert other.frames is not None
        assert one.frames.tolist() == other.frames.tolist()
        same = replace(other, poses=one.poses, frames=one.frames)
        assert {**same.__dict__} == {**one.__dict__}
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


def test_training_draws_by_the_weights(tmp_path: Path) -> None:
    write_library(clips(), tmp_path / "a.npz")
    weights = load_library([tmp_path / "a.npz"]).weights
    # Trials count as the root of their size: 2 x 2 against 1.
    assert weights[:4].sum().item() == pytest.approx(0.8)


def test_the_layout_is_that_of_existing_libraries(tmp_path: Path, shared_dir: Path) -> None:
    write_library(clips(), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as ours, np.load(shared_dir / "mocap" / "extra_val.npz") as theirs:
        for name in theirs.files:
            assert ours[name].dtype.kind == theirs[name].dtype.kind, name
            assert ours[name].ndim == theirs[name].ndim, name
        assert ours["joint_names"].tolist() == theirs["joint_names"].tolist()


def test_no_pose_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="No pose"):
        write_library(clips()[1:2], tmp_path / "a.npz")
    assert not list(tmp_path.iterdir())


def test_a_library_may_have_poses_and_trials_only(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=np.zeros((3, 24, 3)), trial=np.array([10**9, -4, 10**9]))
    back = read_library(tmp_path / "a.npz")
    assert [(clip.name, len(clip.poses)) for clip in back] == [("-4", 1), (str(10**9), 2)]


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"trials": np.array(["a"])}, "trials has no entry"),
        ({"subject": np.array("a")}, "subject has no entry"),
        ({"frame": np.arange(2)}, "frame"),
        ({"weight": np.array([1.0])}, "weights"),
    ],
)
def test_lists_that_are_too_short_are_refused(spoilt: dict[str, Any], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=np.zeros((3, 24, 3)), trial=np.array([0, 1, 1]), **spoilt)
    with pytest.raises(LibraryError, match=f"a.npz.*{said}"):
        read_library(tmp_path / "a.npz")
