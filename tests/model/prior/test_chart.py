"""Rotations to points and back; what a point leaves out, and what mirroring does to it."""

import math

import pytest
import torch

from model.fit.mirror import mirror_rotations
from model.prior.chart import NUM_COORDINATES, mean_chart, mirror_points
from model.rotation import rotvec_to_matrix
from tests.model.people import random_poses

POSES = random_poses(50, seed=0, angle=0.6)
CHART = mean_chart(POSES, torch.linspace(0.5, 2.0, 50))


def about_y(angle: float) -> torch.Tensor:
    return rotvec_to_matrix(torch.tensor([0.0, angle, 0.0]))


def test_points_and_rotations_there_and_back() -> None:
    points = torch.randn(40, NUM_COORDINATES, generator=torch.Generator().manual_seed(1)) * 0.5
    rotations = CHART.to_rotations(points)
    torch.testing.assert_close(CHART.to_points(rotations), points, atol=2e-5, rtol=0)
    identity = torch.eye(3).expand(40, 24, 3, 3)
    torch.testing.assert_close(rotations @ rotations.mT, identity, atol=1e-5, rtol=0)
    assert torch.equal(rotations[:, -2:], identity[:, -2:])


def test_poses_come_back_but_for_their_heading() -> None:
    back = CHART.to_rotations(CHART.to_points(POSES))
    torch.testing.assert_close(back[:, 1:], POSES[:, 1:], atol=1e-5, rtol=0)
    # What is left between the pelvises is a turn about the vertical.
    turn = POSES[:, 0] @ back[:, 0].mT
    vertical = torch.tensor([0.0, 1.0, 0.0]).expand(50, 3)
    torch.testing.assert_close(turn[:, 1], vertical, atol=1e-5, rtol=0)
    torch.testing.assert_close(turn[:, :, 1], vertical, atol=1e-5, rtol=0)


@pytest.mark.parametrize("heading", [0.3, 1.5, -3.0, math.pi])
def test_heading_plays_no_part(heading: float) -> None:
    turned = POSES.clone()
    turned[:, 0] = about_y(heading) @ turned[:, 0]
    torch.testing.assert_close(CHART.to_points(turned), CHART.to_points(POSES), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("axis", "place"), [(0, -2), (2, -1)])
@pytest.mark.parametrize("angle", [-3.0, -1.57, -0.01, 0.0, 0.4, 1.57, 3.0])
def test_lean_is_the_angle_from_upright(axis: int, place: int, angle: float) -> None:
    """Forwards onto the face, or sideways: the length is how far from upright."""
    pose = torch.eye(3).repeat(1, 24, 1, 1)
    pose[:, 0] = about_y(1.0) @ rotvec_to_matrix(angle * torch.eye(3)[axis])
    lean = CHART.to_points(pose)[0, -2:]
    assert lean[place].item() == pytest.approx(angle, abs=1e-5)
    assert lean.norm().item() == pytest.approx(abs(angle), abs=1e-5)


def test_mirroring_poses_mirrors_points() -> None:
    points = CHART.to_points(POSES)
    torch.testing.assert_close(
        CHART.to_points(mirror_rotations(POSES)), mirror_points(points), atol=2e-5, rtol=0
    )
    assert torch.equal(mirror_points(mirror_points(points)), points)


def test_the_reference_is_the_mean_rotation_and_its_own_mirror_image() -> None:
    """Turns about one axis: their mean is the mean angle."""
    angles = torch.tensor([0.2, 0.4, 0.9])
    poses = torch.eye(3).repeat(3, 24, 1, 1)
    poses[:, 4] = rotvec_to_matrix(angles[:, None] * torch.eye(3)[0])
    poses[:, 5] = poses[:, 4]
    chart = mean_chart(poses, torch.ones(3))
    mean = torch.atan2(angles.sin().sum(), angles.cos().sum())
    torch.testing.assert_close(chart.reference[3], rotvec_to_matrix(mean * torch.eye(3)[0]))
    whole = torch.cat([torch.eye(3)[None], CHART.reference, torch.eye(3).expand(2, 3, 3)])
    torch.testing.assert_close(mirror_rotations(whole), whole, atol=1e-5, rtol=0)


def test_derivatives_are_finite_at_rest_and_upside_down() -> None:
    rest = torch.eye(3).repeat(2, 24, 1, 1)
    rest[:, 1:22] = CHART.reference
    rest[1, 0] = torch.diag(torch.tensor([1.0, -1.0, -1.0]))
    rest.requires_grad_()
    CHART.to_points(rest).square().sum().backward()
    assert rest.grad is not None
    assert rest.grad.isfinite().all()
