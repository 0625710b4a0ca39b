"""CMU's database as a folder: subjects, their skeletons, and trials that can't be read."""

from pathlib import Path

import numpy as np
import pytest

from model.data.importing.clip import ClipError
from model.data.importing.cmu import cmu_jobs
from model.data.skeleton import Skeleton
from tests.model.data.importing import cmu_rig as rig


def database(folder: Path) -> Path:
    """Subject 01 with two AMC trials, subject 02 with a BVH, subject 03 without its skeleton."""
    for subject in ("01", "03"):
        (folder / subject).mkdir(parents=True)
    rig.write_asf(folder / "01" / "01.asf")
    for trial in ("01/01_01", "01/01_02", "03/03_01"):
        rig.write_amc(folder / f"{trial}.amc", rig.random_motion(9))
    rig.write_bvh(folder / "02_01.bvh", rig.random_motion(9, every_axis=True))
    return folder


def test_a_subjects_trials_are_one_job(tmp_path: Path, skeleton: Skeleton) -> None:
    first, second, third = cmu_jobs(database(tmp_path), skeleton)
    assert [job.name for job in (first, second, third)] == ["01", "02", "03"]
    assert [file.name for file in first.files] == ["01_01.amc", "01_02.amc", "01.asf"]
    clips = first.read().clips
    assert [(clip.name, clip.subject, clip.source, len(clip.poses)) for clip in clips] == [
        ("01_01", "01", "CMU", 3),
        ("01_02", "01", "CMU", 3),
    ]
    assert len(second.read().clips[0].poses) == 3
    reading = third.read()
    assert not reading.clips
    assert "03.asf" in next(iter(reading.problems.values()))


def test_a_broken_trial_leaves_the_others(tmp_path: Path, skeleton: Skeleton) -> None:
    broken = database(tmp_path) / "01" / "01_02.amc"
    broken.write_text("nothing")
    reading = cmu_jobs(tmp_path, skeleton)[0].read()
    assert [clip.name for clip in reading.clips] == ["01_01"]
    assert list(reading.problems) == [str(broken)]


def test_the_rate_of_amc_files_is_given(tmp_path: Path, skeleton: Skeleton) -> None:
    clips = cmu_jobs(database(tmp_path), skeleton, rate=60.0)[0].read().clips
    assert [len(clip.poses) for clip in clips] == [5, 5]
    assert np.isfinite(clips[0].poses).all()


def test_an_empty_folder_is_an_error(tmp_path: Path, skeleton: Skeleton) -> None:
    with pytest.raises(ClipError, match="no motions"):
        cmu_jobs(tmp_path, skeleton)
