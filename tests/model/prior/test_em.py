"""Fitting: what was drawn from is found again, likelihood rises, and covariances don't collapse."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from model.prior.em import FitConfig, fit_mixture
from model.prior.mixture import Mixture

CONFIG = FitConfig(components=2, iterations=20, floor=1e-3, shrink=0.0)
TRUE = Mixture(
    torch.tensor([0.3, 0.7]),
    torch.tensor([[-1.0, 0.5], [1.0, 0.0]]),
    torch.tensor([[[0.2, 0.0], [0.1, 0.1]], [[0.3, 0.0], [-0.2, 0.2]]]),
)


def drawn(count: int = 4000, seed: int = 0) -> Tensor:
    return TRUE.sample(count, torch.Generator().manual_seed(seed))


def ordered(mixture: Mixture) -> Mixture:
    order = mixture.means[:, 0].argsort()
    return Mixture(mixture.shares[order], mixture.means[order], mixture.factors[order])


def test_the_mixture_that_was_drawn_from_is_found() -> None:
    found = ordered(fit_mixture(drawn()[:, None], torch.ones(4000), CONFIG))
    torch.testing.assert_close(found.shares, TRUE.shares, atol=0.03, rtol=0)
    torch.testing.assert_close(found.means, TRUE.means, atol=0.03, rtol=0)
    torch.testing.assert_close(found.factors, TRUE.factors, atol=0.03, rtol=0)


def test_one_component_is_the_weighted_mean_and_covariance() -> None:
    points, weights = drawn(200), torch.linspace(0.1, 3.0, 200)
    found = fit_mixture(points[:, None], weights, replace(CONFIG, components=1, floor=0.1))
    mean = weights @ points / weights.sum()
    covariance = points.T.cov(correction=0, aweights=weights) + 0.01 * torch.eye(2)
    torch.testing.assert_close(found.means[0], mean, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found.factors[0] @ found.factors[0].T, covariance, atol=1e-5, rtol=1e-4)


def test_likelihood_rises_with_every_round() -> None:
    reported: list[str] = []
    fit_mixture(
        drawn()[:, None], torch.ones(4000), replace(CONFIG, components=5, floor=1e-4), reported.append
    )
    nats = [float(line.split(": ")[1].split()[0]) for line in reported]
    assert len(nats) == CONFIG.iterations
    assert all(after >= before - 0.011 for before, after in pairwise(nats))
    assert nats[-1] > nats[0]


def test_a_weight_of_two_is_a_point_given_twice() -> None:
    """From the same first guess, which one component makes sure of."""
    points, one = drawn(50), replace(CONFIG, components=1)
    weighted = fit_mixture(points[:, None], torch.tensor([2.0] * 10 + [1.0] * 40), one)
    twice = fit_mixture(torch.cat([points[:10], points])[:, None], torch.ones(60), one)
    torch.testing.assert_close(weighted.means, twice.means)
    torch.testing.assert_close(weighted.factors, twice.factors, atol=1e-5, rtol=1e-4)


def test_points_seen_two_ways_are_explained_either_way() -> None:
    """Half of the points are mirrored at random: one component and its image are enough."""
    points = TRUE.leading(2).sample(3000, torch.Generator().manual_seed(2))[:, :2]
    points = points[points[:, 0] > 0.3]
    flip = torch.tensor([-1.0, 1.0])
    seen = torch.where(torch.rand(len(points), 1, generator=torch.Generator().manual_seed(3)) < 0.5, 1, flip)
    views = torch.stack([points * seen, points * seen * flip], 1)
    found = fit_mixture(views, torch.ones(len(points)), replace(CONFIG, components=1, iterations=40))
    side = found.means[0, 0].sign()
    torch.testing.assert_close(
        found.means[0] * torch.stack([side, torch.ones(())]), points.mean(0), atol=0.03, rtol=0
    )


@pytest.mark.parametrize("shrink", [0.0, 30.0])
def test_points_without_spread_keep_the_floor(shrink: float) -> None:
    points = torch.cat([drawn(100), torch.zeros(100, 1)], 1)
    found = fit_mixture(points[:, None], torch.ones(100), replace(CONFIG, floor=0.05, shrink=shrink))
    assert found.factors[:, 2, 2].tolist() == pytest.approx([0.05, 0.05], rel=1e-3)


def test_shrinking_brings_covariances_together() -> None:
    def apart(shrink: float) -> float:
        found = fit_mixture(drawn()[:, None], torch.ones(4000), replace(CONFIG, shrink=shrink))
        covariances = found.factors @ found.factors.mT
        return float((covariances[0] - covariances[1]).norm())

    assert apart(1e6) < 1e-3 < 0.3 * apart(1000.0) < 0.3 * apart(0.0)


def test_more_components_than_the_points_need_stay_finite() -> None:
    points = drawn(12)[:, None]
    found = fit_mixture(points, torch.ones(12), replace(CONFIG, components=12, floor=0.05, shrink=1.0))
    assert all(value.isfinite().all() for value in (found.shares, found.means, found.factors))
    assert found.shares.sum().item() == pytest.approx(1.0)


def test_more_components_than_points_are_refused() -> None:
    with pytest.raises(ValueError, match="3 poses"):
        fit_mixture(drawn(3)[:, None], torch.ones(3), replace(CONFIG, components=4))


def test_the_seed_decides() -> None:
    points = drawn(300)[:, None]
    config = replace(CONFIG, components=6, iterations=2)
    one, same, other = (fit_mixture(points, torch.ones(300), replace(config, seed=s)) for s in (1, 1, 2))
    assert torch.equal(one.means, same.means)
    assert not torch.equal(one.means, other.means)
