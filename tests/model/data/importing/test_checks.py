"""Which frames are left out, for which reason, and that sound ones never are."""

import numpy as np
import pytest
import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.data.importing import checks
from model.data.importing.checks import faults, first_faults, straighten_wrists
from model.rotation import rotvec_to_matrix


def poses(count: int) -> Tensor:
    """Axis-angle of standing people with their arms down."""
    rotvecs = torch.zeros(count, 24, 3, dtype=torch.float64)
    rotvecs[:, JOINT_NAMES.index("left_shoulder"), 2] = -1.2
    rotvecs[:, JOINT_NAMES.index("right_shoulder"), 2] = 1.2
    return rotvecs


def bent(joint: str, degrees: tuple[float, float, float]) -> Tensor:
    rotvecs = poses(1)
    rotvecs[0, JOINT_NAMES.index(joint)] = torch.tensor(degrees).deg2rad()
    return rotvecs


def reasons(rotvecs: Tensor, in_order: bool = False) -> dict[str, list[bool]]:
    return {name: bad.tolist() for name, bad in faults(rotvec_to_matrix(rotvecs), in_order).items()}


def test_standing_is_sound() -> None:
    assert not any(any(bad) for bad in reasons(poses(4), in_order=True).values())


@pytest.mark.parametrize(
    ("joint", "degrees", "reason"),
    [
        ("left_knee", (150, 0, 0), None),
        ("left_knee", (-15, 0, 0), None),
        ("left_knee", (-30, 0, 0), checks.KNEES),
        ("right_knee", (0, 0, 50), checks.KNEES),
        ("right_knee", (60, 20, 0), None),
        ("right_knee", (170, 0, 0), checks.LIMITS),
        ("head", (60, 0, 0), None),
        ("head", (0, 90, 0), checks.LIMITS),
        ("spine2", (70, 0, 0), checks.LIMITS),
        ("left_hip", (-120, 0, 0), None),
        ("pelvis", (180, 0, 0), None),
        ("left_elbow", (0, -150, 0), None),
    ],
)
def test_limits_of_joints(joint: str, degrees: tuple[float, float, float], reason: str | None) -> None:
    found = [name for name, bad in reasons(bent(joint, degrees)).items() if bad[0]]
    assert found == ([reason] if reason else [])


def test_the_calibration_pose_is_distinguished_from_standing() -> None:
    near_zero = torch.full((1, 24, 3), 0.05, dtype=torch.float64)
    assert reasons(near_zero)[checks.T_POSE] == [True]
    assert reasons(poses(1))[checks.T_POSE] == [False]


def test_both_sides_of_a_jump_are_left_out() -> None:
    rotvecs = poses(6)
    rotvecs[3:, JOINT_NAMES.index("left_elbow"), 1] = -1.3
    assert reasons(rotvecs, in_order=True)[checks.JUMP] == [False, False, True, True, False, False]
    assert checks.JUMP not in reasons(rotvecs)


def test_turning_round_fast_and_flipping_wrists_are_no_jumps() -> None:
    rotvecs = poses(12)
    rotvecs[:, 0, 1] = torch.arange(12) * np.radians(50)
    rotvecs[::2, JOINT_NAMES.index("left_wrist"), 0] = 1.5
    assert not any(reasons(rotvecs, in_order=True)[checks.JUMP])


def test_a_frame_counts_once() -> None:
    rotvecs = poses(3)
    rotvecs[0] = torch.nan
    rotvecs[1, JOINT_NAMES.index("left_knee"), 0] = -3.0
    good, counts = first_faults(faults(rotvec_to_matrix(rotvecs), in_order=True))
    assert good.tolist() == [False, False, False]  # the third is beside a jump
    assert counts == {checks.NOT_FINITE: 1, checks.LIMITS: 1, checks.JUMP: 1}


def test_noisy_wrists_are_straightened_and_others_left() -> None:
    rotvecs = torch.cat([bent("left_wrist", (0, 0, 110)), bent("left_wrist", (0, 0, 80))])
    straight, count = straighten_wrists(rotvec_to_matrix(rotvecs))
    assert count == 1
    torch.testing.assert_close(straight, rotvec_to_matrix(torch.cat([poses(1), rotvecs[1:]])))
