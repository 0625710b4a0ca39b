"""Fitting a mixture of Gaussians by expectation and maximization (Dempster, Laird and Rubin, 1977)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from model.prior.mixture import Mixture

_CHUNK = 128  # points at once: chunks that fit the cache are twice as fast
_KMEANS = 5  # rounds of k-means before the first expectation
_LEAST = 1e-7  # responsibilities below this don't count


@dataclass(frozen=True)
class FitConfig:
    """Configuration of fitting a mixture.

    Attributes:
        components: number of Gaussians.
        iterations: rounds of expectation and maximization.
        floor: standard deviation of noise that every covariance includes, in the points' unit. Coordinates
            that hardly vary, or hang on others, would else have a density without bound.
        shrink: how many points' worth of the covariance pooled over all components is added to each
            one's own (the mode under an inverse Wishart prior): most have too few points for 65 x 65 numbers.
        seed: of the first means.
    """

    components: int
    iterations: int = 15
    floor: float = 0.05
    shrink: float = 300.0
    seed: int = 0


def fit_mixture(
    views: Tensor, weights: Tensor, config: FitConfig, progress: Callable[[str], None] | None = None
) -> Mixture:
    """Fit a mixture to points of which each may be seen in several equivalent ways.

    A point's views (its mirror image, say) share its weight as their densities have it: what becomes likely
    is the mean of the mixture's density over the views.

    Args:
        views: (N, V, D).
        weights: (N,), not negative.
        config: the settings.
        progress: called with the mean log-likelihood, nats, at each round.

    Raises:
        ValueError: fewer points than components.
    """
    if len(views) < config.components:
        raise ValueError(f"{len(views)} poses are too few for {config.components} components.")
    points, weights = views.flatten(0, 1), weights / weights.mean()
    mixture = _maximize(points, _first_guess(views, weights, config), config)
    for round_ in range(config.iterations):
        shared, likelihood = _expect(views, weights, mixture)
        mixture = _maximize(points, shared, config)
        if progress:
            progress(f"{config.components} components, round {round_ + 1}: {likelihood:.2f} nats")
    return mixture


def _first_guess(views: Tensor, weights: Tensor, config: FitConfig) -> Tensor:
    """Responsibilities (N * V, K) after some rounds of k-means, each point by its nearest view only."""
    generator = torch.Generator().manual_seed(config.seed)
    means = views[torch.multinomial(weights, config.components, generator=generator), 0]
    for _ in range(_KMEANS):
        distance = torch.cdist(views, means).flatten(1)
        nearest = distance.argmin(1)
        shared = torch.zeros_like(distance).scatter_(1, nearest[:, None], weights[:, None])
        shared = shared.view(-1, config.components)
        mass = shared.sum(0).unsqueeze(1)
        means = torch.where(mass > 0, shared.mT @ views.flatten(0, 1) / mass.clamp_min(1e-9), means)
    return shared


def _expect(views: Tensor, weights: Tensor, mixture: Mixture) -> tuple[Tensor, float]:
    """Responsibilities (N * V, K) times weights, and the mean log-likelihood of a view."""
    shared, total = [], 0.0
    for some, mass in zip(views.split(_CHUNK), weights.split(_CHUNK), strict=True):
        logs = mixture.log_densities(some.flatten(0, 1)).view(len(some), -1)
        norm = logs.logsumexp(1, keepdim=True)
        shared.append((logs - norm).exp() * mass.unsqueeze(1))
        total += float((norm.squeeze(1) * mass).sum())
    views_log = torch.tensor(float(views.shape[1])).log()
    return torch.cat(shared).view(-1, len(mixture.shares)), total / float(weights.sum()) - float(views_log)


def _maximize(points: Tensor, shared: Tensor, config: FitConfig) -> Mixture:
    """The mixture that responsibilities (N, K) make most likely, its covariances held from collapsing."""
    mass = shared.sum(0).clamp_min(1e-3)
    means = shared.mT @ points / mass.unsqueeze(1)
    scatters = torch.stack(
        [_scatter(points, column, mean) for column, mean in zip(shared.unbind(1), means, strict=True)]
    )
    pooled = scatters.sum(0) / mass.sum()
    covariances = (scatters + config.shrink * pooled) / (mass + config.shrink)[:, None, None]
    noise = config.floor**2 * torch.eye(points.shape[1])
    return Mixture(mass / mass.sum(), means, torch.linalg.cholesky(covariances + noise))


def _scatter(points: Tensor, shared: Tensor, mean: Tensor) -> Tensor:
    """Sum over points of the outer products (D, D) of what lies between each and the mean."""
    near = shared > _LEAST
    away = points[near] - mean
    return (away * shared[near].unsqueeze(1)).mT @ away
