"""Poses in every form of SMPL's family, worlds of every up, and the grid of 30 frames a second."""

import numpy as np
import pytest
import torch

from model.body.joints import JOINT_NAMES
from model.data.importing.clip import ClipError, body_poses, grid_rows
from model.data.skeleton import Skeleton
from model.rotation import rotvec_to_matrix

POSES = np.random.default_rng(0).normal(0, 0.4, (5, 55, 3))


@pytest.mark.parametrize(
    ("count", "rate", "expected"),
    [
        (9, 120.0, [0, 4, 8]),
        (5, 60.0, [0, 2, 4]),
        (4, 30.0, [0, 1, 2, 3]),
        (3, 15.0, [0, 0, 1, 2, 2]),
        (8, 100.0, [0, 3, 7]),
        (9, 120.00048, [0, 4, 8]),
        (1, 120.0, [0]),
        (0, 120.0, []),
    ],
)
def test_the_nearest_frames_are_taken(count: int, rate: float, expected: list[int]) -> None:
    assert grid_rows(count, rate).tolist() == expected


@pytest.mark.parametrize("rate", [0.0, -30.0, float("nan"), float("inf"), 1e6])
def test_rates_of_no_recording_are_refused(rate: float) -> None:
    with pytest.raises(ClipError, match="rate"):
        grid_rows(10, rate)


@pytest.mark.parametrize("joints", [22, 24, 52, 55])
@pytest.mark.parametrize("form", ["flat", "joints", "matrices", "float32"])
def test_every_form_gives_the_same_body(joints: int, form: str) -> None:
    values = POSES[:, :joints]
    if form == "flat":
        values = values.reshape(5, -1)
    elif form == "matrices":
        values = rotvec_to_matrix(torch.from_numpy(values)).numpy()
    elif form == "float32":
        values = values.astype(np.float32)
    poses = body_poses(values)
    np.testing.assert_allclose(poses[:, :22], POSES[:, :22], atol=1e-6)
    assert not poses[:, 22:].any()


def test_turns_beyond_a_half_come_back_within() -> None:
    poses = np.zeros((1, 24, 3))
    poses[0, 5] = [2 * np.pi - 0.2, 0, 0]
    assert body_poses(poses)[0, 5] == pytest.approx([-0.2, 0, 0])


@pytest.mark.parametrize(
    ("up", "turn"),
    [("z", [[1, 0, 0], [0, 0, -1], [0, 1, 0]]), ("camera", [[1, 0, 0], [0, -1, 0], [0, 0, -1]])],
)
def test_worlds_are_turned_upright(up: str, turn: list[list[float]], skeleton: Skeleton) -> None:
    """Whoever stands in a world of another up stands in ours; `turn` takes y up to that world."""
    standing = np.zeros((1, 24, 3))
    standing[0, 16:18, 2] = [-1.2, 1.2]
    there = rotvec_to_matrix(torch.from_numpy(standing)).numpy()
    there[:, 0] = np.array(turn, float) @ there[:, 0]
    _, joints = skeleton.pose(rotvec_to_matrix(torch.from_numpy(body_poses(there, up))))
    _, expected = skeleton.pose(rotvec_to_matrix(torch.from_numpy(standing)))
    torch.testing.assert_close(joints, expected, atol=1e-6, rtol=0)
    assert joints[0, JOINT_NAMES.index("head"), 1] > 0.5


def test_frames_that_are_not_finite_stay_so() -> None:
    poses = POSES[:, :24].copy()
    poses[2, 7, 1] = np.nan
    assert np.isfinite(body_poses(poses)).all((1, 2)).tolist() == [True, True, False, True, True]


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((3, 63)), np.zeros((3, 21, 3)), np.zeros((3, 24, 4)), np.zeros(72), np.zeros((3, 24, 3, 2)),
        np.array([["a"] * 72]), np.zeros((0,)), np.zeros((2, 24, 3, 3, 1)),
    ],
    ids=lambda values: str(values.shape),
)  # fmt: skip
def test_other_shapes_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ClipError, match="poses"):
        body_poses(values)
