"""The answer as a value: its pose, its statuses, and blank rows."""

import math

import pytest
import torch

from model.camera import Cameras
from model.fit.result import OUTPUTS, FitResult, pose_of
from model.rotation import rotvec_to_matrix
from model.status import PersonStatus
from tests.model.people import FACING_CAMERA, random_poses

COUNT = 5


@pytest.fixture
def result() -> FitResult:
    """Anything at all in every field, some of it not finite."""
    rotations = random_poses(COUNT, seed=0)
    rotations[:, 0] = FACING_CAMERA @ rotations[:, 0]
    generator = torch.Generator().manual_seed(0)

    def some(*shape: int) -> torch.Tensor:
        value = torch.randn(COUNT, *shape, generator=generator)
        value[2:4] = torch.nan
        return value

    return FitResult(
        torch.tensor([PersonStatus(name).code for name in ("ok", "ok", "out_of_view", "out_of_view", "ok")]),
        rotations,
        pose_of(rotations),
        some(10),
        some(3),
        some(24, 3),
        some(27, 3),
        some(27, 2),
        some(),
        some(6),
        torch.arange(1, COUNT + 1),
        Cameras(some(4)),
    )


def test_only_the_unusable_are_blanked(result: FitResult) -> None:
    usable = torch.tensor([True, True, False, False, True])
    blank = result.blanked(usable)
    assert blank.status == result.status == ["ok", "ok", "out_of_view", "out_of_view", "ok"]
    for name in set(OUTPUTS) - {"camera"}:
        before, after = getattr(result, name), getattr(blank, name)
        assert torch.equal(after[usable], before[usable]), name
        assert (after[~usable] == 0).all(), name
        assert after.dtype == before.dtype, name
    assert torch.equal(blank.rotations[~usable], torch.eye(3).expand(2, 24, 3, 3))
    assert torch.equal(blank.rotations[usable], result.rotations[usable])
    assert (blank.camera.intrinsics[~usable] == 0).all()
    assert blank.camera.intrinsics.isfinite().all()


def test_the_pose_stands_for_the_rotations(result: FitResult) -> None:
    assert result.pose.shape == (COUNT, 24, 3)
    torch.testing.assert_close(rotvec_to_matrix(result.pose), result.rotations, atol=1e-5, rtol=0)
    assert (result.pose[:, 1:].norm(dim=-1) <= math.pi + 1e-5).all()


@pytest.mark.parametrize("status", PersonStatus)
def test_every_status_is_a_sentence_of_its_own(status: PersonStatus) -> None:
    assert status.sentence.endswith(".")
    assert [other.sentence for other in PersonStatus].count(status.sentence) == 1


def test_the_outputs_are_all_of_a_result_that_leaves_the_fit(result: FitResult) -> None:
    assert (
        *("pose", "betas", "transl", "joints3d", "keypoints3d", "keypoints2d"),
        *("residual_px", "objective", "best_step", "camera"),
    ) == OUTPUTS
    outputs = result.outputs()
    assert tuple(outputs) == OUTPUTS
    assert all(len(value) == COUNT for value in outputs.values())
    assert outputs["transl"] is result.transl
    assert outputs["camera"].shape == (COUNT, 4)
    torch.testing.assert_close(outputs["camera"][:, 0], result.camera.fx, equal_nan=True)
