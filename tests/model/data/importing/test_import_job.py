"""Imports of many files: joined, resumed, with near-duplicates and broken files left out and reported."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.body.joints import JOINT_NAMES
from model.data.importing.clip import Clip, ClipError
from model.data.importing.import_job import DUPLICATE, Import, ImportOptions, Job, Reading
from model.data.importing.library_file import read_library
from model.data.library import LibraryError
from model.data.skeleton import Skeleton


def waving(frames: int, seed: int = 0) -> np.ndarray:
    """Poses (M, 24, 3) with moving arms, no two frames alike."""
    poses = np.zeros((frames, 24, 3))
    steps = np.linspace(0, 1.2, frames)
    for side, sign in (("left", -1), ("right", 1)):
        poses[:, JOINT_NAMES.index(f"{side}_shoulder"), 2] = sign * (0.3 + steps)
        poses[:, JOINT_NAMES.index(f"{side}_elbow"), 1] = sign * (0.3 + 0.1 * seed)
    return poses


class Source:
    """A file with a job that counts its reads."""

    def __init__(self, folder: Path, name: str, make: Callable[[], Reading]) -> None:
        self.file, self.reads = folder / name, 0
        self.file.write_text(name)
        self._make = make
        self.job = Job(name, (self.file,), self._read)

    def _read(self) -> Reading:
        self.reads += 1
        return self._make()


def recording(folder: Path, name: str, seed: int = 0, subject: str = "s", frames: int = 30) -> Source:
    clip = Clip(name, waving(frames, seed), 30.0, subject=subject)
    return Source(folder, name, lambda: Reading([clip], {}))


def run(sources: list[Source], out: Path, skeleton: Skeleton, **options: object) -> list[str]:
    """Import, and give the trials of the library."""
    importing = Import(ImportOptions(out, **options), "test")  # type: ignore[arg-type]
    jobs = [source.job for source in sources]
    for job in jobs:
        importing.take(job)
    importing.finish(jobs, skeleton)
    return [clip.name for clip in read_library(out)]


def test_trials_are_joined_and_nothing_else_is_left_behind(tmp_path: Path, skeleton: Skeleton) -> None:
    sources = [recording(tmp_path, "b", 1), recording(tmp_path, "a", 3)]
    assert run(sources, tmp_path / "out.npz", skeleton) == ["a", "b"]
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "out.npz"}
    assert [len(clip.poses) for clip in read_library(tmp_path / "out.npz")] == [10, 10]


def test_an_import_goes_on_where_it_stopped(tmp_path: Path, skeleton: Skeleton) -> None:
    sources = [recording(tmp_path, name, seed) for seed, name in enumerate("abc")]
    out = tmp_path / "out.npz"
    interrupted = Import(ImportOptions(out), "test")
    for source in sources[:2]:
        interrupted.take(source.job)
    assert not out.exists()
    resumed = run(sources, out, skeleton)
    assert [source.reads for source in sources] == [1, 1, 1]
    fresh = run(sources, tmp_path / "fresh.npz", skeleton)
    assert resumed == fresh
    for one, other in zip(read_library(out), read_library(tmp_path / "fresh.npz"), strict=True):
        assert np.array_equal(one.poses, other.poses)


@pytest.mark.parametrize("change", ["file", "settings", "rate"])
def test_parts_that_no_longer_hold_are_made_anew(change: str, tmp_path: Path) -> None:
    source, out = recording(tmp_path, "a"), tmp_path / "out.npz"
    Import(ImportOptions(out), "test").take(source.job)
    if change == "file":
        source.file.write_text("longer than before")
    options = ImportOptions(out, per_second=5.0 if change == "rate" else 10.0)
    other = Import(options, "other" if change == "settings" else "test")
    other.take(source.job)
    assert source.reads == 2


def test_a_part_that_is_half_written_is_made_anew(tmp_path: Path, skeleton: Skeleton) -> None:
    source, out = recording(tmp_path, "a"), tmp_path / "out.npz"
    Import(ImportOptions(out), "test").take(source.job)
    for path in (tmp_path / "out.npz.parts").glob("*.json"):
        path.unlink()
    assert run([source], out, skeleton) == ["a"]
    assert source.reads == 2


def test_unreadable_files_are_reported_and_left_out(tmp_path: Path, skeleton: Skeleton) -> None:
    def fail() -> Reading:
        raise ClipError("it is broken")

    slow = Clip("slow", waving(3), 0.001)
    sources = [
        recording(tmp_path, "good"),
        Source(tmp_path, "bad", fail),
        Source(tmp_path, "half", lambda: Reading([slow], {"other": "it is missing"})),
    ]
    importing = Import(ImportOptions(tmp_path / "out.npz"), "test")
    for source in sources:
        importing.take(source.job)
    outcome = importing.finish([source.job for source in sources], skeleton)
    assert outcome.problems["bad"] == "it is broken"
    assert outcome.problems["other"] == "it is missing"
    assert "rate" in outcome.problems["slow"]
    assert (outcome.trials, outcome.tally.read, outcome.tally.kept) == (1, 30, 10)


def test_near_duplicates_go_within_a_subject_whichever_way_they_face(
    tmp_path: Path, skeleton: Skeleton
) -> None:
    turned = waving(30)
    turned[:, 0, 1] = 2.0
    again = Clip("b", turned, 30.0, subject="s")
    sources = [
        recording(tmp_path, "a"),
        Source(tmp_path, "b", lambda: Reading([again], {})),
        recording(tmp_path, "c", subject="another"),
    ]
    importing = Import(ImportOptions(tmp_path / "out.npz", closest=0.005), "test")
    jobs = [source.job for source in sources]
    for job in jobs:
        importing.take(job)
    outcome = importing.finish(jobs, skeleton)
    assert outcome.tally.left_out[DUPLICATE] == 10
    assert [clip.name for clip in read_library(tmp_path / "out.npz")] == ["c", "a"]
    assert outcome.tally.kept == sum(len(clip.poses) for clip in read_library(tmp_path / "out.npz"))


def test_weights_go_to_trials_by_name(tmp_path: Path, skeleton: Skeleton) -> None:
    sources = [recording(tmp_path, name, seed) for seed, name in enumerate(("run1", "run2", "walk"))]
    weights = [("run*", 3.0), ("run2", 2.0)]
    run(sources, tmp_path / "out.npz", skeleton, weights=weights, closest=0.0)
    assert {clip.name: clip.weight for clip in read_library(tmp_path / "out.npz")} == {
        "run1": 3.0,
        "run2": 6.0,
        "walk": 1.0,
    }


def test_a_weight_without_matches_is_refused_and_nothing_lost(tmp_path: Path, skeleton: Skeleton) -> None:
    sources, out = [recording(tmp_path, "a")], tmp_path / "out.npz"
    with pytest.raises(LibraryError, match="swim"):
        run(sources, out, skeleton, weights=[("swim*", 2.0)])
    assert run(sources, out, skeleton) == ["a"]
    assert sources[0].reads == 1


def test_an_import_without_poses_is_an_error(tmp_path: Path, skeleton: Skeleton) -> None:
    still = Clip("t", np.zeros((9, 24, 3)), 30.0)
    with pytest.raises(LibraryError, match="No pose is left"):
        run([Source(tmp_path, "t", lambda: Reading([still], {}))], tmp_path / "out.npz", skeleton)
    assert not (tmp_path / "out.npz").exists()
