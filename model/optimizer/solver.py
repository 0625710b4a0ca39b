"""The protocol of solvers: `init(x) -> state` and `step(x, gradient, state) -> step`; state is a value."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from torch import Tensor


class Step(NamedTuple):
    """Result of a step: the next point (B, n), the next state, and the secant residual (B,).

    The residual is |B q - p|^2, how far the metric B just used is from the last step p and gradient
    change q; zeros on a first step and from solvers without a metric.
    """

    x: Tensor
    state: Any
    secant: Tensor


def clamp_step(x: Tensor, step: Tensor, largest: float) -> Tensor:
    """Return x (B, n) moved by step (B, n), no coordinate further than `largest`."""
    return x + step.clamp(-largest, largest)


class Solver(Protocol):
    """An iterative minimiser of a batch of independent problems."""

    def init(self, x: Tensor, context: Tensor | None = None) -> Any:
        """Return the state before the first step at x (B, n); `context` (B, n, c) describes coordinates."""

    def step(self, x: Tensor, gradient: Tensor, state: Any) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""


@runtime_checkable
class CurvatureSolver(Solver, Protocol):
    """A solver that also looks at the Hessian before each step, through products with vectors alone."""

    def observe_curvature(self, x: Tensor, product: Callable[[Tensor], Tensor], state: Any) -> Any:
        """Return the state with the Hessian at x (B, n) noted; `product` takes z (B, n) to H z (B, n)."""
