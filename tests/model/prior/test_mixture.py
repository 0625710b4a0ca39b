"""The mixture against its definition, and its samples against its moments."""

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from model.prior.mixture import Mixture
from tests.model.prior.priors import random_mixture

MIXTURE = random_mixture(4, 5)
POINTS = torch.randn(30, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 0.5


def naive(mixture: Mixture) -> MixtureSameFamily:
    gaussians = MultivariateNormal(mixture.means, scale_tril=mixture.factors)
    return MixtureSameFamily(Categorical(mixture.shares), gaussians)


def test_density_is_the_definition_s() -> None:
    torch.testing.assert_close(MIXTURE.log_density(POINTS), naive(MIXTURE).log_prob(POINTS))


def test_a_batch_is_its_members() -> None:
    one_by_one = torch.cat([MIXTURE.log_density(point[None]) for point in POINTS])
    torch.testing.assert_close(MIXTURE.log_density(POINTS), one_by_one)


def test_density_adds_up_to_one() -> None:
    plane = random_mixture(3, 2)
    axis = torch.linspace(-3, 3, 400, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    total = plane.log_density(grid).exp().sum() * (axis[1] - axis[0]) ** 2
    assert total.item() == pytest.approx(1.0, abs=1e-3)


def test_gradient_is_the_finite_difference_s() -> None:
    assert torch.autograd.gradcheck(MIXTURE.log_density, POINTS[:3].clone().requires_grad_())


@pytest.mark.parametrize("size", [1, 3, 5])
def test_leading_coordinates_have_the_marginal_density(size: int) -> None:
    covariance = (MIXTURE.factors @ MIXTURE.factors.mT)[:, :size, :size]
    gaussians = MultivariateNormal(MIXTURE.means[:, :size], covariance)
    expected = MixtureSameFamily(Categorical(MIXTURE.shares), gaussians).log_prob(POINTS[:, :size])
    torch.testing.assert_close(MIXTURE.leading(size).log_density(POINTS[:, :size]), expected)


def test_samples_have_the_mixture_s_mean_and_covariance() -> None:
    mixture = random_mixture(4, 3)
    mixture = Mixture(mixture.shares.float(), mixture.means.float(), mixture.factors.float())
    points = mixture.sample(60_000, torch.Generator().manual_seed(0))
    mean = mixture.shares @ mixture.means
    away = mixture.means - mean
    within = torch.einsum("k,kij->ij", mixture.shares, mixture.factors @ mixture.factors.mT)
    between = torch.einsum("k,ki,kj->ij", mixture.shares, away, away)
    torch.testing.assert_close(points.mean(0), mean, atol=0.01, rtol=0)
    torch.testing.assert_close(points.T.cov(), within + between, atol=0.01, rtol=0)
