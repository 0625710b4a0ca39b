"""CMU's motion capture database: all trials of a subject are read together, for the actor's posture."""

from itertools import groupby
from pathlib import Path

from model.data.importing.acclaim import Bone, read_amc, read_asf
from model.data.importing.bvh import read_bvh
from model.data.importing.clip import GRID, Clip, ClipError
from model.data.importing.import_job import Job, Reading
from model.data.importing.motion import Motion
from model.data.importing.posture import actors_posture
from model.data.importing.retarget import check_bones, to_smpl
from model.data.skeleton import Skeleton
from model.rotation import matrix_to_rotvec

SOURCE = "CMU"
LICENCE = "CMU mocap: free for all uses, not to be resold, even converted"


def cmu_jobs(folder: Path, skeleton: Skeleton, rate: float = 120.0) -> list[Job]:
    """A job for each subject's AMC and BVH files below a folder, which are named subject_trial.

    Args:
        folder: holds AMC files, each folder of them with its ASF skeleton (subject.asf, or the only one),
            or BVH files.
        skeleton: of SMPL.
        rate: frames per second of AMC files.

    Raises:
        ClipError: no such file was found.
    """
    files = [path for path in folder.rglob("*") if path.suffix.lower() in (".amc", ".bvh")]
    if not files:
        raise ClipError(f"Found no motions (*.amc, *.bvh) below {folder}.")
    files.sort(key=lambda file: (_subject(file), file.name, str(file)))

    def job(subject: str, trials: tuple[Path, ...]) -> Job:
        skeletons = {path for trial in trials for path in trial.parent.glob("*.asf")}
        return Job(
            subject, (*trials, *sorted(skeletons)), lambda: read_subject(subject, trials, skeleton, rate)
        )

    return [job(subject, tuple(trials)) for subject, trials in groupby(files, key=_subject)]


def read_subject(subject: str, trials: tuple[Path, ...], skeleton: Skeleton, rate: float) -> Reading:
    """The trials of one subject in SMPL's joints; those that can't be read, with the reason, apart."""
    motions: dict[Path, Motion] = {}
    problems: dict[str, str] = {}
    clips: list[Clip] = []
    for trial in trials:
        try:
            motion = read_bvh(trial) if trial.suffix.lower() == ".bvh" else _read_acclaim(trial, rate)
            check_bones(motion)
            motions[trial] = motion
        except ClipError as error:
            problems[str(trial)] = str(error)
    posture = actors_posture(list(motions.values()))
    for trial, motion in motions.items():
        poses = matrix_to_rotvec(to_smpl(motion, posture, skeleton)).numpy()
        clips.append(Clip(trial.stem, poses, GRID, subject=subject, source=SOURCE, licence=LICENCE))
    return Reading(clips, problems)


def _read_acclaim(trial: Path, rate: float) -> Motion:
    return read_amc(trial, _skeleton_of(trial), rate)


def _skeleton_of(trial: Path) -> dict[str, Bone]:
    own = trial.with_name(f"{_subject(trial)}.asf")
    there = [own] if own.is_file() else sorted(trial.parent.glob("*.asf"))
    if len(there) != 1:
        raise ClipError(f"there is no {own.name} beside it")
    return read_asf(there[0])


def _subject(file: Path) -> str:
    return file.stem.partition("_")[0]
