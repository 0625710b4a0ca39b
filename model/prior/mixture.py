"""A mixture of Gaussians with full covariances: density and samples."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Mixture:
    """Gaussians N(mean, L L^T) over points (D,), each with its share.

    Attributes:
        shares: (K,), adding up to one.
        means: (K, D).
        factors: (K, D, D), L, lower triangular with a positive diagonal.
    """

    shares: Tensor
    means: Tensor
    factors: Tensor

    def log_densities(self, points: Tensor) -> Tensor:
        """Return log(share_k N(point; k)) (N, K) of points (N, D), nats; differentiable."""
        whitening, offset, constant = self._whitened
        white = (points @ whitening.flatten(0, 1).mT).unflatten(1, self.means.shape) - offset
        logs: Tensor = constant - white.square().sum(-1) / 2
        return logs

    def log_density(self, points: Tensor) -> Tensor:
        """Return log p (N,) of points (N, D), nats; differentiable."""
        return self.log_densities(points).logsumexp(1)

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw points (count, D); all randomness comes from `generator`."""
        chosen = torch.multinomial(self.shares, count, replacement=True, generator=generator)
        noise = torch.randn(count, self.means.shape[1], 1, generator=generator)
        return self.means[chosen] + (self.factors[chosen] @ noise).squeeze(2)

    def leading(self, size: int) -> "Mixture":
        """Return the marginal distribution of the first `size` coordinates."""
        return Mixture(self.shares, self.means[:, :size], self.factors[:, :size, :size])

    @cached_property
    def _whitened(self) -> tuple[Tensor, Tensor, Tensor]:
        """L^-1 (K, D, D), L^-1 mean (K, D) and the logarithm (K,) of what stands before each exponential."""
        identity = torch.eye(self.means.shape[1]).to(self.means)
        whitening = torch.linalg.solve_triangular(self.factors, identity, upper=False)
        offset = (whitening @ self.means.unsqueeze(2)).squeeze(2)
        volume = self.factors.diagonal(dim1=1, dim2=2).log().sum(1)
        constant = self.shares.log() - volume - self.means.shape[1] / 2 * math.log(2 * math.pi)
        return whitening, offset, constant
