"""Running a solver on an objective: the same loop serves people, quadratics and meta-training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from model.optimizer.solver import CurvatureSolver, Solver


class Valued(Protocol):
    """What an objective gives: at least its value (B,) per problem."""

    @property
    def value(self) -> Tensor:
        """Objective (B,)."""


E = TypeVar("E", bound=Valued)


@dataclass(frozen=True)
class Trajectory(Generic[E]):
    """The points x_0 … x_K (B, n), the objective's evaluation at each, and |Bq - p|^2 (B,) of each step."""

    points: list[Tensor]
    evaluations: list[E]
    secants: list[Tensor]


def unroll(
    solver: Solver,
    objective: Callable[[Tensor], E],
    x: Tensor,
    steps: int,
    *,
    context: Tensor | None = None,
    differentiable: bool = False,
    gradient: Callable[[Tensor, E], Tensor] | None = None,
    detached: bool = False,
    second_order: bool = False,
    project: Callable[[Tensor], Tensor] | None = None,
) -> Trajectory[E]:
    """Take `steps` steps of `solver` from x (B, n).

    With `differentiable` the points keep their history, so that a meta-loss reaches back through the whole
    trajectory; gradients of the objective are inputs without one, unless `second_order`.

    Args:
        solver: the optimizer.
        objective: x to an evaluation whose `value` is (B,), one independent number a problem.
        x: where to start.
        steps: how many steps, 0 or more.
        context: (B, n, c) for solvers that use one.
        differentiable: keep the graph through the points.
        gradient: the objective's gradient (B, n) at x from its evaluation there; by autograd if None.
        detached: keep it through each step alone: a step takes the point before it as given.
        second_order: keep it through the gradients too. Without, a meta-loss doesn't know that a step changes
            the next gradient: over many steps its slope may even point the wrong way.
        project: brings a point back to the allowed ones after each step.
    """
    points, evaluations, secants = [x], [], []
    with torch.set_grad_enabled(differentiable and torch.is_grad_enabled()):
        state = solver.init(x, context) if steps else None
        for _ in range(steps):
            evaluation, slope = _value_and_gradient(
                objective, gradient, x, keep_graph=differentiable, second_order=second_order
            )
            evaluations.append(evaluation)
            if isinstance(solver, CurvatureSolver):
                state = solver.look(x.detach(), _hessian_product(objective, x), state)
            x, state, secant = solver.step(x.detach() if detached else x, slope, state)
            x = x if project is None else project(x)
            points.append(x)
            secants.append(secant)
        evaluations.append(objective(x))
    return Trajectory(points, evaluations, secants)


def _value_and_gradient(
    objective: Callable[[Tensor], E],
    gradient: Callable[[Tensor, E], Tensor] | None,
    x: Tensor,
    *,
    keep_graph: bool,
    second_order: bool,
) -> tuple[E, Tensor]:
    if gradient is not None:
        evaluation = objective(x)
        return evaluation, gradient(x if second_order else x.detach(), evaluation)
    with torch.enable_grad():
        at = x if keep_graph and x.requires_grad else x.detach().requires_grad_()
        evaluation = objective(at)
        # Problems are independent, so the gradient of the sum holds every problem's own.
        create = keep_graph and second_order
        (slope,) = torch.autograd.grad(
            evaluation.value.sum(), at, retain_graph=keep_graph, create_graph=create
        )
    return evaluation, slope if create else slope.detach()


def _hessian_product(objective: Callable[[Tensor], E], x: Tensor) -> Callable[[Tensor], Tensor]:
    """Z (B, n) to H z (B, n), by a second differentiation of the objective at x."""

    def product(z: Tensor) -> Tensor:
        with torch.enable_grad():
            # The Hessian is symmetric, and of one problem's variables alone.
            _, found = torch.autograd.functional.vhp(lambda at: objective(at).value.sum(), x.detach(), z)
        result: Tensor = found.detach()
        return result

    return product
