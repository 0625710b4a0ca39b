"""Poses from anywhere: libraries, parameters of other tools, this service's own fits, bare arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.data.importing.arrays import read_poses
from model.data.importing.clip import Clip, ClipError
from model.data.importing.library_file import write_library

POSES = np.random.default_rng(0).normal(0, 0.3, (6, 24, 3))


def read(path: Path, up: str = "y", rate: float | None = None) -> list[Clip]:
    return read_poses(path, up, rate, "somewhere", "CC0")


@pytest.mark.parametrize(
    "arrays",
    [
        {"poses": POSES},
        {"poses": POSES.reshape(6, 72), "betas": np.zeros((6, 10))},
        {"pose": POSES.reshape(6, 72)},
        {"global_orient": POSES[:, 0], "body_pose": POSES[:, 1:].reshape(6, 69)},
        {"global_orient": POSES[:, :1], "body_pose": POSES[:, 1:22]},
    ],
    ids=lambda arrays: " ".join(arrays),
)
def test_forms_of_other_tools(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    (clip,) = read(tmp_path / "a.npz")
    np.testing.assert_allclose(clip.poses[:, :22], POSES[:, :22], atol=1e-6)
    assert (clip.name, clip.source, clip.licence, clip.rate) == ("a", "somewhere", "CC0", None)


def test_bare_arrays_may_be_recordings(tmp_path: Path) -> None:
    np.save(tmp_path / "b.npy", POSES)
    (clip,) = read(tmp_path / "b.npy", rate=60.0)
    assert clip.rate == 60.0
    np.testing.assert_allclose(clip.poses[:, :22], POSES[:, :22], atol=1e-6)


def test_libraries_keep_trials_and_texts(tmp_path: Path) -> None:
    clips = [
        Clip("t1", POSES[:4], frames=np.arange(4) * 3, subject="s", source="CMU", licence="free", weight=3.0),
        Clip("t2", POSES[4:], frames=np.arange(2)),
    ]
    write_library(clips, tmp_path / "a.npz")
    first, second = read(tmp_path / "a.npz")
    assert (first.name, first.subject, first.source, first.licence) == ("t1", "s", "CMU", "free")
    assert first.weight == 3.0
    assert (second.name, second.source, second.licence) == ("t2", "somewhere", "CC0")


@pytest.mark.parametrize(("up", "rate"), [("z", None), ("y", 30.0)])
def test_libraries_have_a_world_and_no_rate(up: str, rate: float | None, tmp_path: Path) -> None:
    write_library([Clip("t", POSES)], tmp_path / "a.npz")
    with pytest.raises(ClipError, match="pose library"):
        read(tmp_path / "a.npz", up, rate)


@pytest.mark.parametrize(
    "arrays",
    [
        {"thetas": POSES},
        {"global_orient": POSES[:, 0]},
        {"global_orient": POSES[:3, 0], "body_pose": POSES[:, 1:]},
        {"poses": POSES.astype(object)},
        {"poses": POSES * np.nan, "trial": np.zeros(6, int)},
    ],
    ids=["names", "no body", "lengths", "pickled", "library of NaN"],
)
def test_other_files_are_refused(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ClipError):
        read(tmp_path / "a.npz")


def test_a_file_without_arrays_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("no")
    for name in ("a.npz", "none.npz"):
        with pytest.raises(ClipError, match="no poses"):
            read(tmp_path / name)
