"""Running a solver on a problem: the same loop serves people, quadratics and meta-training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

import torch
from torch import Tensor

from model.optimizer.problem import E, Problem
from model.optimizer.solver import CurvatureSolver, Solver


@dataclass(frozen=True)
class Trajectory(Generic[E]):
    """The points x_0 … x_K (B, n), the objective's evaluation at each, and |Bq - p|^2 (B,) of each step."""

    points: list[Tensor]
    evaluations: list[E]
    secants: list[Tensor]


@dataclass(frozen=True)
class Mode:
    """The history that the points of a trajectory keep for a meta-loss.

    Attributes:
        differentiable: points keep their graph, so that a meta-loss reaches back through the trajectory;
            gradients of the objective are inputs without a history.
        detached: points keep the graph of their last step alone.
        second_order: gradients keep their graph too. Without, a meta-loss doesn't know that a step changes
            the next gradient: over many steps its slope may even point the wrong way.
    """

    differentiable: bool = False
    detached: bool = False
    second_order: bool = False


SERVING = Mode()
"""No history at all."""


def unroll(solver: Solver, problem: Problem[E], x: Tensor, steps: int, mode: Mode = SERVING) -> Trajectory[E]:
    """Take steps of a solver on a problem.

    Args:
        solver: the optimizer.
        problem: B independent objectives.
        x: (B, n), the start.
        steps: number of steps, 0 or more.
        mode: the history that is kept.
    """
    points, evaluations, secants = [x], [], []
    with torch.set_grad_enabled(mode.differentiable and torch.is_grad_enabled()):
        state = solver.init(x, problem.context) if steps else None
        for _ in range(steps):
            evaluation, slope = _evaluation_and_gradient(problem, x, mode)
            evaluations.append(evaluation)
            if isinstance(solver, CurvatureSolver):
                state = solver.observe_curvature(x.detach(), _hessian_product(problem, x), state)
            x, state, secant = solver.step(x.detach() if mode.detached else x, slope, state)
            x = problem.project(x)
            points.append(x)
            secants.append(secant)
        evaluations.append(problem.evaluate(x))
    return Trajectory(points, evaluations, secants)


def _evaluation_and_gradient(problem: Problem[E], x: Tensor, mode: Mode) -> tuple[E, Tensor]:
    if problem.gradient is not None:
        evaluation = problem.evaluate(x)
        return evaluation, problem.gradient(x if mode.second_order else x.detach(), evaluation)
    keep = mode.differentiable
    with torch.enable_grad():
        at = x if keep and x.requires_grad else x.detach().requires_grad_()
        evaluation = problem.evaluate(at)
        # Problems are independent, so the gradient of the sum holds the gradient of each.
        create = keep and mode.second_order
        (slope,) = torch.autograd.grad(evaluation.value.sum(), at, retain_graph=keep, create_graph=create)
    return evaluation, slope if create else slope.detach()


def _hessian_product(problem: Problem[Any], x: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the function z (B, n) to H z (B, n), by a second differentiation of the objective at x."""

    def product(z: Tensor) -> Tensor:
        with torch.enable_grad():
            # The Hessian is symmetric, and mixes the variables of a single problem only.
            _, found = torch.autograd.functional.vhp(
                lambda at: problem.evaluate(at).value.sum(), x.detach(), z
            )
        result: Tensor = found.detach()
        return result

    return product
