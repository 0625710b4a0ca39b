"""Problems that solvers minimise: B independent objectives of n variables each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from torch import Tensor


class Valued(Protocol):
    """An evaluation of an objective, with at least its value."""

    @property
    def value(self) -> Tensor:
        """Objective (B,)."""


E = TypeVar("E", bound=Valued)


class Problem(Protocol[E]):
    """Objective, gradient and allowed points of B independent problems."""

    @property
    def context(self) -> Tensor | None:
        """Features (B, n, c) of the coordinates for solvers that use them."""

    @property
    def gradient(self) -> Callable[[Tensor, E], Tensor] | None:
        """Gradient (B, n) at x (B, n) from the evaluation there; None: found by autograd."""

    def evaluate(self, x: Tensor, /) -> E:
        """Evaluate the objective at x (B, n)."""

    def project(self, x: Tensor, /) -> Tensor:
        """Return the allowed point (B, n) nearest to x (B, n)."""


@dataclass(frozen=True)
class FunctionProblem(Generic[E]):
    """A problem made of functions.

    Attributes:
        objective: x (B, n) to an evaluation.
        gradient: see `Problem`.
        bounds: x to the nearest allowed point; None: all points are allowed.
        context: see `Problem`.
    """

    objective: Callable[[Tensor], E]
    gradient: Callable[[Tensor, E], Tensor] | None = None
    bounds: Callable[[Tensor], Tensor] | None = None
    context: Tensor | None = None

    def evaluate(self, x: Tensor, /) -> E:
        """Evaluate the objective at x (B, n)."""
        return self.objective(x)

    def project(self, x: Tensor, /) -> Tensor:
        """Return the allowed point (B, n) nearest to x (B, n)."""
        return x if self.bounds is None else self.bounds(x)
