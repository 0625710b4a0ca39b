"""Measures of a prior, against what is known of made-up poses."""

import pytest
import torch

from model.body.body import Body
from model.data.library import PoseLibrary
from model.evaluate.prior import LIMIT_MARGIN, TrainingPoses, evaluate_prior, mean_log_likelihood
from model.fit.mirror import mirror_rotations
from model.rotation import rotvec_to_matrix
from tests.model.people import random_poses
from tests.model.prior.priors import small_prior

PRIOR = small_prior()


def library(poses: torch.Tensor, weights: torch.Tensor | None = None) -> PoseLibrary:
    return PoseLibrary(poses, torch.full((len(poses),), 1 / len(poses)) if weights is None else weights)


@pytest.fixture(scope="module")
def known(body: Body) -> TrainingPoses:
    return TrainingPoses(library(random_poses(30, seed=0)), PRIOR.chart, body)


def test_likelihood_is_the_weighted_mean() -> None:
    poses = random_poses(600, seed=1)
    weights = torch.linspace(0.1, 2.0, 600)
    expected = (PRIOR.log_density(poses) * weights).sum() / weights.sum()
    assert mean_log_likelihood(PRIOR, library(poses, weights)) == pytest.approx(expected.item(), rel=1e-4)


def test_training_poses_keep_to_their_limits_and_are_their_own_neighbours(known: TrainingPoses) -> None:
    """In any heading, and mirrored too."""
    poses = random_poses(30, seed=0)
    poses[:, 0] = rotvec_to_matrix(torch.tensor([0.0, 1.0, 0.0])) @ poses[:, 0]
    for seen in (poses, mirror_rotations(poses)):
        plausibility = known.plausibility(seen)
        assert plausibility.beyond_limits == 0
        # The distance comes by differences of squares, in 32 bits.
        assert max(plausibility.nearest_cm) < 0.2


@pytest.mark.parametrize(("margins", "beyond"), [(0.9, False), (1.1, True)])
def test_a_joint_past_the_margin_is_beyond_its_limits(
    known: TrainingPoses, margins: float, beyond: bool
) -> None:
    points = torch.zeros(1, 65)
    points[0, 10] = known.highest[10] + (margins - 1) * LIMIT_MARGIN
    assert known.beyond_limits(PRIOR.chart.to_rotations(points)).tolist() == [beyond]


def test_a_neighbour_s_distance_is_that_of_the_joints(known: TrainingPoses, body: Body) -> None:
    """One wrist and what hangs on it moved: the root mean square over all joints."""
    pose = random_poses(30, seed=0)[:1]
    straight = PRIOR.chart.to_rotations(PRIOR.chart.to_points(pose))
    moved = straight.clone()
    moved[0, 18] = rotvec_to_matrix(torch.tensor([0.0, 0.2, 0.0])) @ moved[0, 18]
    joints = [body.skeleton(p, torch.zeros(1, 10)).joints for p in (straight, moved)]
    expected = (joints[0] - joints[1]).square().sum(2).mean().sqrt()
    assert known.nearest(moved).item() == pytest.approx(expected.item(), rel=0.02)


def test_the_report_covers_samples_and_real_poses(body: Body) -> None:
    train, held_out = library(random_poses(30, seed=0)), library(random_poses(9, seed=2))
    drawn = PRIOR.draw(20, torch.Generator().manual_seed(0))
    report = evaluate_prior(PRIOR, drawn, {"val": held_out}, train, body)
    assert [report[name]["poses"] for name in ("samples", "val", "train")] == [20, 9, 30]
    assert {"beyond_limits", "nearest_cm", "log_likelihood"} <= report["val"].keys() & report[
        "samples"
    ].keys()
    assert report["val"]["nearest_cm"] == sorted(report["val"]["nearest_cm"])
    without = evaluate_prior(PRIOR, drawn, {"val": held_out}, None, body)
    assert without["val"] == {name: report["val"][name] for name in ("poses", "log_likelihood")}
