"""The pose prior: poses to draw, and how likely a pose is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from model.prior.chart import NUM_BODY, PoseChart, mean_chart, mirror_points
from model.prior.em import FitConfig, fit_mixture
from model.prior.mixture import Mixture


@dataclass(frozen=True)
class PosePrior:
    """A mixture of Gaussians over the points of a chart, as likely as its mirror image.

    Attributes:
        chart: between rotations and points.
        mixture: over points (65,).
        provenance: what it was made from, plain values.
    """

    chart: PoseChart
    mixture: Mixture
    provenance: dict[str, Any]

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw rotations (count, 24, 3, 3) relative to each parent, y up, heading zero, hands at rest."""
        points = self.mixture.sample(count, generator)
        mirrored = torch.rand(count, 1, generator=generator) < 0.5
        return self.chart.to_rotations(torch.where(mirrored, mirror_points(points), points))

    def log_density(self, rotations: Tensor, *, lean: bool = True) -> Tensor:
        """Return log p (B,) of poses (B, 24, 3, 3), nats over the chart's radians; differentiable.

        Args:
            rotations: y up, of any heading, which plays no part, nor do the hands.
            lean: False leaves out the pelvis too, for poses of which it isn't known where up is.
        """
        points = self.chart.to_points(rotations)
        both = torch.stack([points, mirror_points(points)], 1)
        if lean:
            logs = self.mixture.log_densities(both.flatten(0, 1))
        else:
            logs = self._body.log_densities(both[..., :NUM_BODY].flatten(0, 1))
        return logs.view(len(rotations), -1).logsumexp(1) - math.log(2)

    @cached_property
    def _body(self) -> Mixture:
        return self.mixture.leading(NUM_BODY)


def fit_prior(
    rotations: Tensor,
    weights: Tensor,
    config: FitConfig,
    provenance: dict[str, Any],
    progress: Callable[[str], None] | None = None,
) -> PosePrior:
    """Fit a prior to poses (N, 24, 3, 3), y up, with weights (N,), and to their mirror images."""
    chart = mean_chart(rotations, weights)
    points = chart.to_points(rotations)
    mixture = fit_mixture(torch.stack([points, mirror_points(points)], 1), weights, config, progress)
    return PosePrior(chart, mixture, provenance)
