"""Kinds of pose: figures put together by hand are counted as what they are, whichever way they face."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.data.coverage import coverage, kinds_of
from model.data.skeleton import Skeleton
from model.fit.mirror import mirror_rotations
from model.rotation import rotvec_to_matrix

Turns = dict[str, tuple[float, float, float]]

ARMS_DOWN: Turns = {"left_shoulder": (0, 0, -75), "right_shoulder": (0, 0, 75)}
SEAT: Turns = {
    "left_hip": (-90, 0, 0),
    "right_hip": (-90, 0, 0),
    "left_knee": (90, 0, 0),
    "right_knee": (90, 0, 0),
}

FIGURES: dict[str, tuple[Turns, set[str]]] = {
    "at attention": (ARMS_DOWN, {"standing or walking", "... arms down"}),
    "arms out": ({}, {"standing or walking"}),
    "one arm up": (
        {**ARMS_DOWN, "left_shoulder": (0, 0, 80)},
        {"standing or walking", "a wrist above the head"},
    ),
    "arms up": (
        {"left_shoulder": (0, 0, 80), "right_shoulder": (0, 0, -80)},
        {"standing or walking", "a wrist above the head", "both wrists above the head"},
    ),
    "on a chair": ({**ARMS_DOWN, **SEAT}, {"sitting", "both knees bent > 80°"}),
    "sitting with straight legs": (
        {**ARMS_DOWN, "left_hip": (-90, 0, 0), "right_hip": (-90, 0, 0)},
        {"... on the floor, or a deep squat"},
    ),
    "kneeling upright": (
        {**ARMS_DOWN, "left_knee": (95, 0, 0), "right_knee": (95, 0, 0)},
        {"kneeling", "both knees bent > 80°"},
    ),
    "on hands and knees": (
        {"pelvis": (90, 0, 0), **SEAT, "left_shoulder": (0, -90, 0), "right_shoulder": (0, 90, 0)},
        {"on all fours", "trunk bent > 45°", "trunk level (70° to 110°)", "both knees bent > 80°"},
    ),
    "on the back": (
        {"pelvis": (-90, 0, 0)},
        {"lying on the back", "trunk bent > 45°", "trunk level (70° to 110°)"},
    ),
    "on the front": (
        {"pelvis": (90, 0, 0)},
        {"lying on the front", "trunk bent > 45°", "trunk level (70° to 110°)"},
    ),
    "on a side": (
        {"pelvis": (0, 0, 90), **ARMS_DOWN},
        {"lying on a side", "trunk bent > 45°", "trunk level (70° to 110°)"},
    ),
    "bowing": (
        {**ARMS_DOWN, "pelvis": (60, 0, 0), "left_hip": (-60, 0, 0), "right_hip": (-60, 0, 0)},
        {"trunk bent > 45°"},
    ),
    "handstand": ({"pelvis": (180, 0, 0)}, {"upside down (> 120°)", "trunk bent > 45°"}),
    "twisted": ({**ARMS_DOWN, "spine2": (0, 40, 0)}, {"trunk twisted > 30°"}),
    "one heel at the seat": ({**ARMS_DOWN, "left_knee": (120, 0, 0)}, {"one knee bent > 80°"}),
    "a foot on the other knee": (
        {**ARMS_DOWN, "left_hip": (-110, 0, 0), "left_knee": (70, 0, 0)},
        {"a foot above the other knee"},
    ),
    "split": ({"left_hip": (0, 0, 45), "right_hip": (0, 0, -45)}, {"thighs > 60° apart"}),
}
# Where a figure is of more kinds than the one it stands for, only that one is asked for.
_LOOSE = {"twisted", "one heel at the seat", "a foot on the other knee", "split", "handstand"}


def figure(turns: Turns) -> Tensor:
    """Rotations (1, 24, 3, 3) of named joints' axis-angle in degrees."""
    rotvecs = torch.zeros(1, 24, 3)
    for joint, degrees in turns.items():
        rotvecs[0, JOINT_NAMES.index(joint)] = torch.tensor(degrees).deg2rad()
    return rotvec_to_matrix(rotvecs)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("heading", [0.0, 2.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_coverage_counts_known_figures(name: str, heading: float, mirrored: bool, skeleton: Skeleton) -> None:
    turns, expected = FIGURES[name]
    rotations = figure(turns)
    if mirrored:
        rotations = mirror_rotations(rotations)
    rotations[:, 0] = rotvec_to_matrix(torch.tensor([0.0, heading, 0.0])) @ rotations[:, 0]
    found = {kind for kind, those in kinds_of(rotations, skeleton).items() if those[0]}
    assert expected <= found if name in _LOOSE else expected == found


def test_shares_of_poses_and_of_draws(tmp_path: Path, skeleton: Skeleton) -> None:
    """A long trial of standing and a short one of handstands, the latter weighed up."""
    poses = np.zeros((20, 24, 3), np.float32)
    poses[16:, 0, 0] = np.pi
    trial, weight = np.array([0] * 16 + [1] * 4), np.array([1.0, 4.0])
    subject = np.array(["a", "b"])
    np.savez(tmp_path / "a.npz", poses=poses, trial=trial, weight=weight, subject=subject)
    found = coverage(tmp_path / "a.npz", skeleton)
    share = found.kinds["upside down (> 120°)"]
    assert share.poses == 4
    assert share.share == pytest.approx(0.2)
    assert share.drawn == pytest.approx(4 * 2 / (4 * 2 + 4))
    assert (found.poses, found.trials, found.subjects) == (20, 2, 2)
    assert found.never_turned == list(JOINT_NAMES[1:])
    assert json.loads(json.dumps(asdict(found)))["kinds"]["sitting"]["poses"] == 0
