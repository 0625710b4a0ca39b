"""The reverse pass of the skeleton agrees with automatic differentiation."""

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.body.kinematics import turns_of_parents
from model.body.vjp import vjp
from model.keypoints.names import KEYPOINT_NAMES, NUM_CANONICAL
from model.rotation import rotvec_to_matrix
from tests.model.body.test_body import with_pose_blend_shapes
from tests.model.people import random_poses

COUNT = 3


@pytest.fixture(scope="module", params=["plain", "with pose blend shapes"])
def posed_body64(request: pytest.FixtureRequest, body64: Body) -> Body:
    return body64 if request.param == "plain" else with_pose_blend_shapes().double()


def by_autograd(
    body: Body, rotations: Tensor, betas: Tensor, grad_keypoints: Tensor
) -> tuple[Tensor, Tensor]:
    turns = torch.zeros(*rotations.shape[:2], 3, dtype=torch.float64, requires_grad=True)
    betas = betas.clone().requires_grad_()
    skeleton = body.skeleton(rotvec_to_matrix(turns) @ rotations, betas)
    work = (skeleton.keypoints[:, : grad_keypoints.shape[1]] * grad_keypoints).sum()
    on_turns, on_betas = torch.autograd.grad(work, (turns, betas))
    return on_turns, on_betas


@pytest.mark.parametrize("keypoints", [NUM_CANONICAL, len(KEYPOINT_NAMES)])
def test_torques_and_pull_on_shape_are_the_derivatives(posed_body64: Body, keypoints: int) -> None:
    generator = torch.Generator().manual_seed(0)
    rotations = rotvec_to_matrix(0.8 * torch.randn(COUNT, 24, 3, generator=generator).double())
    betas = torch.randn(COUNT, 10, generator=generator).double()
    grad_keypoints = torch.randn(COUNT, keypoints, 3, generator=generator).double()
    skeleton = posed_body64.skeleton(rotations, betas)
    grad_rotations, on_betas = vjp(posed_body64, skeleton, rotations, grad_keypoints)
    expected, expected_betas = by_autograd(posed_body64, rotations, betas, grad_keypoints)
    torch.testing.assert_close(grad_rotations, expected, atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(on_betas, expected_betas, atol=1e-9, rtol=1e-9)


def test_a_force_on_a_wrist_turns_the_joints_between_it_and_the_root_alone(body: Body) -> None:
    """Not the wrist itself, nor the legs, the head and the other arm, on which it does not hang."""
    skeleton = body.skeleton(random_poses(COUNT, seed=2), torch.zeros(COUNT, 10))
    grad_keypoints = torch.zeros(COUNT, NUM_CANONICAL, 3)
    grad_keypoints[:, KEYPOINT_NAMES.index("left_wrist")] = torch.tensor([0.0, 1.0, 0.0])
    grad_rotations, _ = vjp(body, skeleton, random_poses(COUNT, seed=2), grad_keypoints)
    moved = (grad_rotations.abs() > 1e-6).any(-1).any(0)
    assert moved.nonzero().flatten().tolist() == [0, 3, 6, 9, 13, 16, 18]


def test_a_joint_turns_in_the_axes_of_its_parent(body: Body) -> None:
    turns = body.skeleton(random_poses(COUNT, seed=3), torch.zeros(COUNT, 10)).turns
    above = turns_of_parents(turns, body.tree)
    assert torch.equal(above[:, 0], torch.eye(3).expand(COUNT, 3, 3))
    for joint, parent in enumerate(body.tree.parents.tolist(), start=1):
        assert torch.equal(above[:, joint], turns[:, parent])
