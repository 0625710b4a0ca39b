"""A problem made of functions, and problems in the form of a class of its user."""

import torch
from torch import Tensor

from model.optimizer.first_order import GradientDescent
from model.optimizer.problem import FunctionProblem
from model.optimizer.unroll import unroll
from tests.model.optimizer.problems import Value


def bowl(x: Tensor) -> Value:
    return Value(0.5 * x.square().sum(1))


class HalfSpace:
    """The bowl with its gradient by formula, where no coordinate may fall below one."""

    context: Tensor | None = None

    def evaluate(self, x: Tensor, /) -> Value:
        return bowl(x)

    def gradient(self, x: Tensor, evaluation: Value, /) -> Tensor:
        return x

    def project(self, x: Tensor, /) -> Tensor:
        return x.clamp_min(1.0)


START = torch.tensor([[4.0, 2.0], [3.0, -1.0]])


def test_without_bounds_every_point_is_allowed() -> None:
    problem = FunctionProblem(bowl)
    assert problem.project(START) is START
    assert problem.gradient is None
    assert problem.context is None
    assert torch.equal(problem.evaluate(START).value, torch.tensor([10.0, 5.0]))


def test_a_class_and_functions_make_the_same_problem() -> None:
    functions = FunctionProblem(bowl, lambda x, _: x, lambda x: x.clamp_min(1.0))
    expected = unroll(GradientDescent(0.5), functions, START, 5)
    found = unroll(GradientDescent(0.5), HalfSpace(), START, 5)
    assert torch.equal(torch.stack(found.points), torch.stack(expected.points))
    assert torch.equal(found.points[-1], torch.ones(2, 2))


def test_the_gradient_by_autograd_is_that_of_the_formula() -> None:
    by_autograd = unroll(GradientDescent(0.5), FunctionProblem(bowl), START, 5)
    by_formula = unroll(GradientDescent(0.5), FunctionProblem(bowl, lambda x, _: x), START, 5)
    torch.testing.assert_close(by_autograd.points, by_formula.points)
