"""Solvers that use nothing but the last gradients: gradient descent, Nesterov's momentum, Adam and AdamW."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model.optimizer.solver import Step, clamp_step


def _without_metric(x: Tensor, state: object) -> Step:
    return Step(x, state, x.new_zeros(len(x)))


@dataclass(frozen=True)
class GradientDescent:
    """x' = x - rate g.

    Attributes:
        rate: step per gradient.
        max_step: no coordinate moves further than this in a step.
    """

    rate: float
    max_step: float = float("inf")

    def init(self, x: Tensor, context: Tensor | None = None) -> None:
        """Return an empty state."""

    def step(self, x: Tensor, gradient: Tensor, state: None) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""
        return _without_metric(clamp_step(x, -self.rate * gradient, self.max_step), None)


@dataclass(frozen=True)
class Nesterov:
    """v' = momentum v + g, x' = x - rate (g + momentum v'): the form of Sutskever et al. (ICML 2013).

    Attributes:
        rate, max_step: as of gradient descent.
        momentum: what is kept of the velocity in each step, 0 to 1.
    """

    rate: float
    momentum: float = 0.9
    max_step: float = float("inf")

    def init(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return a velocity (B, n) of zero."""
        return torch.zeros_like(x)

    def step(self, x: Tensor, gradient: Tensor, state: Tensor) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""
        velocity = self.momentum * state + gradient
        step = -self.rate * (gradient + self.momentum * velocity)
        return _without_metric(clamp_step(x, step, self.max_step), velocity)


class AdamState(NamedTuple):
    """Moving averages (B, n) of the gradient and of its square, and the steps taken."""

    first: Tensor
    second: Tensor
    taken: int


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma, Ba; ICLR 2015); with a decay, AdamW (Loshchilov, Hutter; ICLR 2019).

    Attributes:
        rate, max_step: as of gradient descent.
        betas: what is kept of both averages in each step.
        epsilon: added to the root of the second average.
        decay: share by which x shrinks in a step, times the rate.
    """

    rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    decay: float = 0.0
    max_step: float = float("inf")

    def init(self, x: Tensor, context: Tensor | None = None) -> AdamState:
        """Return averages of nothing."""
        return AdamState(torch.zeros_like(x), torch.zeros_like(x), 0)

    def step(self, x: Tensor, gradient: Tensor, state: AdamState) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""
        taken = state.taken + 1
        first = torch.lerp(gradient, state.first, self.betas[0])
        second = torch.lerp(gradient.square(), state.second, self.betas[1])
        mean, variance = (m / (1 - beta**taken) for m, beta in zip((first, second), self.betas, strict=True))
        step = -self.rate * (mean / (variance.sqrt() + self.epsilon) + self.decay * x)
        return _without_metric(clamp_step(x, step, self.max_step), AdamState(first, second, taken))
