"""Drawing poses and scoring them."""

import math

import pytest
import torch

from model.fit.mirror import mirror_rotations
from model.prior.chart import NUM_BODY, mirror_points
from model.prior.em import FitConfig
from model.prior.prior import PosePrior, fit_prior
from model.rotation import rotvec_to_matrix
from tests.model.people import random_poses
from tests.model.prior.priors import small_prior

PRIOR = small_prior()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_samples_are_rotations_with_hands_at_rest_and_heading_zero() -> None:
    poses = PRIOR.draw(50, seeded())
    assert poses.shape == (50, 24, 3, 3)
    identity = torch.eye(3).expand(50, 24, 3, 3)
    torch.testing.assert_close(poses @ poses.mT, identity, atol=1e-5, rtol=0)
    assert (torch.linalg.det(poses) > 0).all()
    assert torch.equal(poses[:, -2:], identity[:, -2:])
    # The smallest rotation from upright has its axis in the ground plane.
    pelvis = poses[:, 0]
    torch.testing.assert_close(pelvis[:, 0, 2], pelvis[:, 2, 0], atol=1e-5, rtol=0)


def test_drawing_is_seeded_and_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    one, same, other = (PRIOR.draw(20, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("lean", [True, False])
def test_density_is_the_mean_of_the_mixture_s_over_both_sides(lean: bool) -> None:
    poses = random_poses(20, seed=3)
    size = None if lean else NUM_BODY
    mixture = PRIOR.mixture if lean else PRIOR.mixture.leading(NUM_BODY)
    points = PRIOR.chart.to_points(poses)
    sides = [mixture.log_density(side[:, :size]) for side in (points, mirror_points(points))]
    expected = torch.stack(sides).logsumexp(0) - math.log(2)
    torch.testing.assert_close(PRIOR.log_density(poses, lean=lean), expected)


@pytest.mark.parametrize("lean", [True, False])
def test_a_mirror_image_is_as_likely(lean: bool) -> None:
    poses = random_poses(20, seed=4)
    one, other = (PRIOR.log_density(p, lean=lean) for p in (poses, mirror_rotations(poses)))
    torch.testing.assert_close(one, other, atol=0.01, rtol=1e-4)


def test_heading_changes_nothing_and_lean_something() -> None:
    poses, turned, leaning = (random_poses(10, seed=5) for _ in range(3))
    turned[:, 0] = rotvec_to_matrix(torch.tensor([0.0, 2.0, 0.0])) @ turned[:, 0]
    leaning[:, 0] = rotvec_to_matrix(torch.tensor([0.7, 0.0, 0.0])) @ leaning[:, 0]
    logs = PRIOR.log_density(poses)
    torch.testing.assert_close(PRIOR.log_density(turned), logs, atol=0.01, rtol=1e-4)
    assert (PRIOR.log_density(leaning) - logs).abs().min() > 0.1
    body_only = PRIOR.log_density(poses, lean=False)
    assert torch.equal(PRIOR.log_density(leaning, lean=False), body_only)


def test_a_batch_is_its_members() -> None:
    poses = random_poses(6, seed=6)
    one_by_one = torch.cat([PRIOR.log_density(pose[None]) for pose in poses])
    torch.testing.assert_close(PRIOR.log_density(poses), one_by_one, atol=0.01, rtol=1e-4)


def test_gradient_of_the_density_is_the_finite_difference_s() -> None:
    """By turns of single joints, in 64 bits."""
    mixture = PRIOR.mixture
    wide = type(mixture)(mixture.shares.double(), mixture.means.double(), mixture.factors.double())
    prior = PosePrior(type(PRIOR.chart)(PRIOR.chart.reference.double()), wide, {})
    pose = random_poses(2, seed=7).double()

    def score(turns: torch.Tensor) -> torch.Tensor:
        return prior.log_density(rotvec_to_matrix(turns) @ pose)

    turns = torch.zeros(2, 24, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(score, turns)


def test_climbing_the_density_makes_a_pose_likelier() -> None:
    pose = random_poses(4, seed=8)
    turns = torch.zeros(4, 24, 3, requires_grad=True)
    before = PRIOR.log_density(rotvec_to_matrix(turns) @ pose)
    before.sum().backward()
    assert turns.grad is not None
    after = PRIOR.log_density(rotvec_to_matrix(1e-4 * turns.grad) @ pose)
    assert (after > before).all()


def test_a_fitted_prior_prefers_its_training_poses_and_draws_similar_ones() -> None:
    """Knees bent by up to a right angle; everything else still."""
    turns = torch.zeros(300, 24, 3)
    turns[:, 4:6, 0] = torch.rand(300, 2, generator=seeded()) * 1.5
    poses = rotvec_to_matrix(turns)
    config = FitConfig(components=2, iterations=5, floor=0.02, shrink=1.0)
    prior = fit_prior(poses, torch.ones(300), config, {})
    other = poses.clone()
    other[:, 4:6] = poses[:, 4:6].mT
    bent = turns[:, 4:6, 0].amin(1) > 0.5
    assert (prior.log_density(poses) - prior.log_density(other))[bent].min() > 0
    drawn = prior.draw(500, seeded(1))
    knees = torch.atan2(drawn[:, 4, 2, 1], drawn[:, 4, 2, 2])
    assert knees.mean().item() == pytest.approx(0.75, abs=0.1)
    assert (drawn[:, 16] - torch.eye(3)).abs().max() < 0.15
