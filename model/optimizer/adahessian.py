"""AdaHessian: Adam with the Hessian's diagonal, as seen through random signs, in the gradient's place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model.optimizer.solver import Step, clamp_step


class AdaHessianState(NamedTuple):
    """Moving averages (B, n) of the gradient and of the diagonal's square, and the steps taken."""

    first: Tensor
    second: Tensor
    taken: int


@dataclass(frozen=True)
class AdaHessian:
    """x' = x - rate m / (sqrt(v) + epsilon), v the average of D^2 (Yao et al., AAAI 2021), without blocks.

    D = z * (H z) has the Hessian's diagonal as its mean if z has random signs (Hutchinson). The signs of a
    step are the same for all problems, so that none depends on what else is in the batch.

    Attributes:
        rate: step of a Newton-like direction.
        betas: what is kept of both averages in each step.
        epsilon: added to the root of the second average.
        seed: of the signs.
        max_step: no coordinate moves further than this in a step.
    """

    rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    seed: int = 0
    max_step: float = float("inf")

    def init(self, x: Tensor, context: Tensor | None = None) -> AdaHessianState:
        """Return averages of nothing."""
        return AdaHessianState(torch.zeros_like(x), torch.zeros_like(x), 0)

    def observe_curvature(
        self, x: Tensor, product: Callable[[Tensor], Tensor], state: AdaHessianState
    ) -> AdaHessianState:
        """Add the diagonal at x (B, n) to its average; one product with the Hessian."""
        signs = random_signs(x.shape[1], self.seed, state.taken).to(x).expand_as(x)
        diagonal = signs * product(signs)
        return state._replace(second=torch.lerp(diagonal.square(), state.second, self.betas[1]))

    def step(self, x: Tensor, gradient: Tensor, state: AdaHessianState) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there, after `observe_curvature` there."""
        taken = state.taken + 1
        first = torch.lerp(gradient, state.first, self.betas[0])
        mean, variance = first / (1 - self.betas[0] ** taken), state.second / (1 - self.betas[1] ** taken)
        moved = clamp_step(x, -self.rate * mean / (variance.sqrt() + self.epsilon), self.max_step)
        return Step(moved, AdaHessianState(first, state.second, taken), x.new_zeros(len(x)))


def random_signs(size: int, seed: int, step: int) -> Tensor:
    """Return random signs +1 and -1 (n,), the same for the same step of the same seed."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    return 2.0 * torch.randint(2, (size,), generator=generator) - 1.0
