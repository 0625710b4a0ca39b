"""A small prior of random numbers, for tests."""

import torch

from model.prior.chart import NUM_COORDINATES, mean_chart
from model.prior.mixture import Mixture
from model.prior.prior import PosePrior
from tests.model.people import random_poses


def random_mixture(components: int, size: int, seed: int = 0) -> Mixture:
    """A mixture of Gaussians that differ in all they have, in 64 bits."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    factors = (normal(components, size, size) * 0.05).tril(-1)
    factors = factors + torch.diag_embed(0.1 + 0.2 * normal(components, size).sigmoid())
    return Mixture(normal(components).softmax(0), normal(components, size) * 0.4, factors)


def small_prior(seed: int = 0) -> PosePrior:
    """Three components around the mean of random poses, in 32 bits."""
    poses = random_poses(40, seed)
    chart = mean_chart(poses, torch.ones(40))
    mixture = random_mixture(3, NUM_COORDINATES, seed)
    return PosePrior(
        chart,
        Mixture(mixture.shares.float(), mixture.means.float() * 0.5, mixture.factors.float()),
        {"made by": "tests"},
    )
