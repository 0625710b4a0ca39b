"""An import of many files: each job that is done leaves a part on disk, so that an import can be resumed."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

import numpy as np
import torch

from model.data.importing.checks import Tally, faults, first_faults, straighten_wrists
from model.data.importing.clip import GRID, Clip, ClipError, grid_rows
from model.data.importing.duplicates import distinct
from model.data.importing.library_file import read_library, write_library
from model.data.library import LibraryError
from model.data.skeleton import Skeleton
from model.rotation import matrix_to_rotvec, rotvec_to_matrix

THINNED = "between two that were taken"


def filter_clip(clip: Clip, per_second: float) -> tuple[Clip, Tally]:
    """Return the plausible poses of a clip, about `per_second` of them a second, with their frames.

    Poses without order of time are checked one by one, and not thinned.

    Raises:
        ClipError: the clip's rate is none that a recording has.
    """
    if not len(clip.poses):
        return replace(clip, frames=np.arange(0)), Tally()
    rows = np.arange(len(clip.poses)) if clip.rate is None else grid_rows(len(clip.poses), clip.rate)
    frames = np.arange(len(rows)) if clip.frames is None else clip.frames[rows]
    rotations, changed = straighten_wrists(rotvec_to_matrix(torch.from_numpy(clip.poses[rows])))
    good, left_out = first_faults(faults(rotations, in_order=clip.rate is not None))
    tally = Tally(len(rows), left_out)
    if clip.rate is not None:
        step = max(1, round(GRID / per_second))
        taken = good & torch.from_numpy(frames % step == 0)
        tally.left_out[THINNED] = int((good & ~taken).sum())
        good = taken
    if changed:
        tally.changed["wrists straightened"] = changed
    poses = matrix_to_rotvec(rotations[good]).numpy()
    return replace(clip, poses=poses, frames=frames[good.numpy()], rate=None), tally


# Changed whenever parts of an earlier program must not be reused.
_VERSION = 1
DUPLICATE = "near-duplicate"

# Most reasons in a message.
_MOST_REASONS = 3


class Reading(NamedTuple):
    """Clips of a job's files, and the reason for each file that could not be read."""

    clips: list[Clip]
    problems: dict[str, str]


@dataclass(frozen=True)
class Job:
    """Files that are read together.

    Attributes:
        name: of the job, for people.
        files: all that it reads.
        read: reads them; ClipError if none of them can be used.
    """

    name: str
    files: tuple[Path, ...]
    read: Callable[[], Reading]


@dataclass
class Outcome:
    """Result of an import.

    Attributes:
        tally: of frames.
        trials: that have a pose in the library.
        problems: why files were left out, by their names.
    """

    tally: Tally = field(default_factory=Tally)
    trials: int = 0
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportOptions:
    """Options that all imports share.

    Attributes:
        out: the library to write; parts are kept beside it until then.
        per_second: poses to keep of each second.
        closest: near-duplicates are nearer to each other than this, metres.
        weights: patterns of trials' names, and how often to draw matching trials.
    """

    out: Path
    per_second: float = 10.0
    closest: float = 0.02
    weights: Sequence[tuple[str, float]] = ()


class Import:
    """An import into one library.

    Args:
        options: the options.
        settings: everything else that decides the content of a job's part; other parts are not reused.
    """

    def __init__(self, options: ImportOptions, settings: str) -> None:
        self._options = options
        self._settings = f"{_VERSION} {options.per_second} {settings}"
        self._parts = options.out.with_name(f"{options.out.name}.parts")

    def take(self, job: Job) -> None:
        """Read and filter a job's files, unless an earlier run did."""
        part = self._part(job)
        if part.with_suffix(".json").is_file():
            return
        self._parts.mkdir(parents=True, exist_ok=True)
        outcome, clips = Outcome(), []
        try:
            reading = job.read()
        except ClipError as error:
            reading = Reading([], {job.name: str(error)})
        outcome.problems.update(reading.problems)
        for clip in reading.clips:
            try:
                filtered, tally = filter_clip(clip, self._options.per_second)
            except ClipError as error:
                outcome.problems[clip.name] = str(error)
                continue
            clips.append(filtered)
            outcome.tally.add(tally)
        if any(len(clip.poses) for clip in clips):
            write_library(clips, part)
        # Written last, as a sign that the part is complete.
        record = {"problems": outcome.problems, **vars(outcome.tally)}
        part.with_suffix(".json").write_text(json.dumps(record))

    def finish(self, jobs: Sequence[Job], skeleton: Skeleton) -> Outcome:
        """Join the jobs' parts into the library, without near-duplicates within a subject.

        Raises:
            LibraryError: no pose is left, or a weight matches no trial.
            OSError: the library can't be written.
        """
        outcome, clips = Outcome(), []
        for job in jobs:
            part = self._part(job)
            record = json.loads(part.with_suffix(".json").read_text())
            outcome.problems.update(record["problems"])
            outcome.tally.add(Tally(record["read"], Counter(record["left_out"]), Counter(record["changed"])))
            clips += read_library(part) if part.is_file() else []
        clips = self._weigh(clips)
        kept: list[Clip] = []
        clips.sort(key=lambda clip: (clip.source, clip.subject, clip.name))
        for _, group in groupby(clips, key=lambda clip: (clip.source, clip.subject)):
            kept += _without_duplicates(list(group), skeleton, self._options.closest)
        dropped = sum(len(clip.poses) for clip in clips) - sum(len(clip.poses) for clip in kept)
        if dropped:
            outcome.tally.left_out[DUPLICATE] = dropped
        if not any(len(clip.poses) for clip in kept):
            reasons = [f"{name}: {reason}" for name, reason in outcome.problems.items()][:_MOST_REASONS]
            raise LibraryError("; ".join(["No pose is left of what was read", *reasons]) + ".")
        outcome.trials = sum(len(clip.poses) > 0 for clip in kept)
        write_library(kept, self._options.out)
        rmtree(self._parts, ignore_errors=True)
        return outcome

    def _weigh(self, clips: list[Clip]) -> list[Clip]:
        for pattern, factor in self._options.weights:
            matching = [fnmatchcase(clip.name, pattern) for clip in clips]
            if not any(matching):
                raise LibraryError(f"No trial's name matches '{pattern}', for which there is a weight.")
            clips = [
                replace(clip, weight=clip.weight * factor) if matches else clip
                for clip, matches in zip(clips, matching, strict=True)
            ]
        return clips

    def _part(self, job: Job) -> Path:
        stamps = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in job.files]
        key = hashlib.sha256(json.dumps([self._settings, job.name, stamps]).encode()).hexdigest()
        return self._parts / f"{key[:24]}.npz"


def _without_duplicates(clips: list[Clip], skeleton: Skeleton, closest: float) -> list[Clip]:
    poses = np.concatenate([clip.poses for clip in clips]).astype(np.float32)
    _, joints = skeleton.pose(rotvec_to_matrix(torch.from_numpy(poses)))
    keep = np.split(distinct(joints, closest).numpy(), np.cumsum([len(clip.poses) for clip in clips])[:-1])
    return [
        replace(clip, poses=clip.poses[rows], frames=None if clip.frames is None else clip.frames[rows])
        for clip, rows in zip(clips, keep, strict=True)
    ]
