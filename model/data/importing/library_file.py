"""Pose libraries as files: a clip for each trial in, an npz out, and back."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.body.joints import JOINT_NAMES
from model.data.importing.clip import Clip
from model.data.library import LibraryError, read_arrays

_TEXTS = ("subject", "source", "licence", "description")
# Names of joints as libraries have them: L_hip rather than left_hip.
_SHORT_NAMES = [re.sub("^(l|r)(eft|ight)_", lambda side: side[1].upper() + "_", name) for name in JOINT_NAMES]


def write_library(clips: Sequence[Clip], path: Path) -> None:
    """Write clips that have frames as a pose library, in one piece: whoever looks finds all of it or none.

    `poses` (N, 24, 3) float32 axis-angle, `trial` and `frame` (N,) int32, and for each trial `trials`,
    `subject`, `source`, `licence`, `description` (text) and `weight` (float32).

    Raises:
        LibraryError: the clips have no pose.
        OSError: the file can't be written.
    """
    clips = [clip for clip in clips if len(clip.poses)]
    if not clips:
        raise LibraryError(f"No pose is left to write to {path}.")
    lengths = [len(clip.poses) for clip in clips]
    frames = [np.arange(len(clip.poses)) if clip.frames is None else clip.frames for clip in clips]
    texts = {name: np.array([str(getattr(clip, name)) for clip in clips]) for name in _TEXTS}
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.npz")
    try:
        np.savez_compressed(
            half,
            poses=np.concatenate([clip.poses for clip in clips]).astype(np.float32),
            trial=np.repeat(np.arange(len(clips)), lengths).astype(np.int32),
            frame=np.concatenate(frames).astype(np.int32),
            trials=np.array([clip.name for clip in clips]),
            weight=np.array([clip.weight for clip in clips], np.float32),
            joint_names=np.array(_SHORT_NAMES),
            allow_pickle=False,
            **texts,
        )
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def read_library(path: Path) -> list[Clip]:
    """The trials of a pose library, each as a clip without order of time.

    Raises:
        LibraryError: the file is missing or not a pose library.
    """
    arrays = read_arrays(path)
    poses, trial = arrays["poses"].astype(np.float64), arrays["trial"]
    about = {name: arrays[name] for name in ("trials", "weight", *_TEXTS) if name in arrays}
    for name, values in about.items():
        if values.ndim != 1 or trial.min() < 0 or len(values) <= trial.max():
            raise LibraryError(f"{path}: {name} has no entry for trial {trial.max()}.")
    frame = arrays.get("frame", np.arange(len(poses)))
    if frame.shape != trial.shape or frame.dtype.kind not in "iu":
        raise LibraryError(f"{path}: frame must be a whole number for each pose.")
    order = np.argsort(trial, kind="stable")
    numbers, starts = np.unique(trial[order], return_index=True)
    clips = []
    for number, rows in zip(numbers, np.split(order, starts[1:]), strict=True):
        entry = {name: values[number] for name, values in about.items()}
        clip = Clip(
            name=str(entry.get("trials", number)),
            poses=poses[rows],
            frames=frame[rows].astype(np.int64),
            weight=float(entry.get("weight", 1.0)),
            subject=str(entry.get("subject", "")),
            source=str(entry.get("source", "")),
            licence=str(entry.get("licence", "")),
            description=str(entry.get("description", "")),
        )
        clips.append(clip)
    return clips
