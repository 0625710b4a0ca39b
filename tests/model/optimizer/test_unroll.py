"""Unrolling, on convex quadratics with gradient descent, whose path is known in closed form."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from model.optimizer.problem import FunctionProblem
from model.optimizer.solver import Step
from model.optimizer.unroll import Mode, Trajectory, unroll

_RATE = 0.1

Formula = Callable[[Tensor, "Value"], Tensor]


class Value(NamedTuple):
    """The least that an objective gives."""

    value: Tensor


class GradientDescent:
    """The simplest solver; remembers, in its state, every gradient that it was given."""

    def init(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, ...]:
        return ()

    def step(self, x: Tensor, gradient: Tensor, state: tuple[Tensor, ...]) -> Step:
        return Step(x - _RATE * gradient, (*state, gradient), gradient.square().sum(1))


class Learned(GradientDescent):
    """With a rate whose history is kept."""

    def __init__(self, rate: Tensor) -> None:
        self.rate = rate

    def step(self, x: Tensor, gradient: Tensor, state: tuple[Tensor, ...]) -> Step:
        return Step(x - self.rate * gradient, (*state, gradient), gradient.square().sum(1))


def quadratics(count: int, size: int) -> tuple[Tensor, Tensor]:
    """Positive definite matrices (B, n, n) with eigenvalues from 1 to 5, and minima (B, n); 64 bits."""
    generator = torch.Generator().manual_seed(0)
    basis, _ = torch.linalg.qr(torch.randn(count, size, size, generator=generator).double())
    eigenvalues = torch.linspace(1, 5, size).double()
    minima = torch.randn(count, size, generator=generator).double()
    return basis @ torch.diag(eigenvalues) @ basis.mT, minima


def quadratic(matrices: Tensor, minima: Tensor, x: Tensor) -> Value:
    off = x - minima
    return Value(0.5 * torch.einsum("bi,bij,bj->b", off, matrices, off))


def problem(matrices: Tensor, minima: Tensor, gradient: Formula | None = None) -> FunctionProblem[Value]:
    return FunctionProblem(functools.partial(quadratic, matrices, minima), gradient)


def test_the_path_is_that_of_the_closed_form() -> None:
    matrices, minima = quadratics(3, 4)
    x = torch.zeros(3, 4).double()
    path = unroll(GradientDescent(), problem(matrices, minima), x, 20)
    shrink = torch.eye(4).double() - _RATE * matrices
    for k, (point, evaluation) in enumerate(zip(path.points, path.evaluations, strict=True)):
        expected = minima + (torch.linalg.matrix_power(shrink, k) @ (x - minima)[..., None])[..., 0]
        torch.testing.assert_close(point, expected)
        torch.testing.assert_close(evaluation.value, quadratic(matrices, minima, expected).value)
    values = torch.stack([evaluation.value for evaluation in path.evaluations])
    assert (values[1:] < values[:-1]).all()


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_there_is_a_value_for_every_point_and_a_secant_for_every_step(steps: int) -> None:
    matrices, minima = quadratics(2, 3)
    path = unroll(GradientDescent(), problem(matrices, minima), minima + 1, steps)
    assert len(path.points) == len(path.evaluations) == steps + 1
    assert len(path.secants) == steps
    for point, secant in zip(path.points, path.secants, strict=False):
        gradient = torch.einsum("bij,bj->bi", matrices, point - minima)
        torch.testing.assert_close(secant, gradient.square().sum(1))


def test_it_runs_where_gradients_are_off() -> None:
    """As in serving."""
    matrices, minima = quadratics(2, 3)
    with torch.no_grad():
        path = unroll(GradientDescent(), problem(matrices, minima), minima + 1, 3)
    assert not any(point.requires_grad for point in path.points)
    assert (path.evaluations[-1].value < path.evaluations[0].value).all()


def test_the_points_keep_their_history_only_on_request() -> None:
    matrices, minima = quadratics(2, 3)
    x = (minima + 1).requires_grad_()

    def last_value(*, differentiable: bool) -> Tensor:
        path = unroll(GradientDescent(), problem(matrices, minima), x, 2, Mode(differentiable))
        return path.evaluations[-1].value.sum()

    (kept,) = torch.autograd.grad(last_value(differentiable=True), x)
    assert not last_value(differentiable=False).requires_grad
    # Gradients are inputs without a history: as far as the graph knows, each step moves x by a constant.
    shrink = torch.linalg.matrix_power(torch.eye(3).double() - _RATE * matrices, 2)
    off = (shrink @ torch.ones(2, 3, 1).double())[..., 0]
    torch.testing.assert_close(kept, torch.einsum("bij,bj->bi", matrices, off))


def learned_path(
    rate: Tensor, matrices: Tensor, minima: Tensor, gradient: Formula | None = None, **mode: bool
) -> Trajectory[Value]:
    """Three differentiable steps of a learned rate on quadratics."""
    made = problem(matrices, minima, gradient)
    return unroll(Learned(rate), made, minima + 1, 3, Mode(differentiable=True, **mode))


def test_detached_points_keep_the_history_of_their_own_step_alone() -> None:
    matrices, minima = quadratics(2, 3)
    rate = torch.tensor(_RATE).double().requires_grad_()

    def slopes(*, detached: bool) -> tuple[Tensor, Tensor]:
        """Of the last point's sum by the rate, and what it is of the last step alone."""
        path = learned_path(rate, matrices, minima, detached=detached)
        (slope,) = torch.autograd.grad(path.points[-1].sum(), rate)
        last = torch.einsum("bij,bj->bi", matrices, path.points[-2].detach() - minima)
        return slope, -last.sum()

    alone, last = slopes(detached=True)
    torch.testing.assert_close(alone, last)
    through, last = slopes(detached=False)
    assert (through - last).abs() > 0.1


@pytest.mark.parametrize("by_formula", [True, False])
def test_second_order_slopes_are_those_of_the_closed_form(by_formula: bool) -> None:
    """x_3 - m = (I - r A)^3 (x_0 - m), so its slope by r is -3 A (I - r A)^2 (x_0 - m)."""
    matrices, minima = quadratics(2, 3)
    rate = torch.tensor(_RATE).double().requires_grad_()

    def formula(x: Tensor, evaluation: Value) -> Tensor:
        return torch.einsum("bij,bj->bi", matrices, x - minima)

    gradient = formula if by_formula else None
    path = learned_path(rate, matrices, minima, second_order=True, gradient=gradient)
    (slope,) = torch.autograd.grad(path.points[-1].sum(), rate)
    shrink = torch.linalg.matrix_power(torch.eye(3).double() - _RATE * matrices, 2)
    torch.testing.assert_close(slope, -3 * (matrices @ shrink @ torch.ones(2, 3, 1).double()).sum())


def test_gradients_come_without_a_history() -> None:
    matrices, minima = quadratics(2, 3)
    given: list[Tensor] = []

    class Spy(GradientDescent):
        def step(self, x: Tensor, gradient: Tensor, state: tuple[Tensor, ...]) -> Step:
            given.append(gradient)
            return super().step(x, gradient, state)

    x = (minima + 1).requires_grad_()
    unroll(Spy(), problem(matrices, minima), x, 3, Mode(differentiable=True))
    assert len(given) == 3
    assert not any(gradient.requires_grad for gradient in given)


def test_every_point_after_a_step_is_projected() -> None:
    matrices, minima = quadratics(2, 3)
    within = replace(problem(matrices, minima), bounds=lambda x: x.clamp(-0.1, 0.1))
    path = unroll(GradientDescent(), within, minima, 4)
    assert torch.equal(path.points[0], minima)
    assert all((point.abs() <= 0.1).all() for point in path.points[1:])


def test_problems_do_not_touch_each_other() -> None:
    matrices, minima = quadratics(3, 4)
    x = torch.zeros(3, 4).double()
    together = unroll(GradientDescent(), problem(matrices, minima), x, 3)
    for i in range(3):
        one = slice(i, i + 1)
        alone = unroll(GradientDescent(), problem(matrices[one], minima[one]), x[one], 3)
        torch.testing.assert_close(alone.points[-1][0], together.points[-1][i])


def test_a_gradient_by_formula_takes_the_place_of_autograd() -> None:
    matrices, minima = quadratics(3, 4)

    def formula(x: Tensor, evaluation: Value) -> Tensor:
        assert torch.equal(evaluation.value, quadratic(matrices, minima, x).value)
        return torch.einsum("bij,bj->bi", matrices, x - minima)

    expected = unroll(GradientDescent(), problem(matrices, minima), minima + 1, 5)
    found = unroll(GradientDescent(), problem(matrices, minima, formula), minima + 1, 5)
    torch.testing.assert_close(found.points, expected.points)
