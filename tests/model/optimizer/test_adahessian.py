"""AdaHessian against a naive twin, the diagonal that it sees, and the products that the descent hands it."""

import pytest
import torch
from torch import Tensor

from model.optimizer.adahessian import AdaHessian, random_signs
from model.optimizer.problem import FunctionProblem
from model.optimizer.solver import CurvatureSolver
from model.optimizer.unroll import unroll
from tests.model.optimizer.problems import SOLVERS, Value, rosenbrock

_STEPS = 8


def naive_walk(solver: AdaHessian, x: Tensor, steps: int) -> list[Tensor]:
    """One problem with its whole Hessian (n, n), by the paper's formulas."""
    problem = rosenbrock()

    def objective(x: Tensor) -> Tensor:
        return problem.objective(x[None], torch.tensor([0]), torch.arange(len(x)))[0]

    m, v, points = torch.zeros_like(x), torch.zeros_like(x), []
    one, two = solver.betas
    for t in range(1, steps + 1):
        gradient = torch.autograd.functional.jacobian(objective, x)
        hessian = torch.autograd.functional.hessian(objective, x)
        z = random_signs(len(x), solver.seed, t - 1).to(x)
        m = one * m + (1 - one) * gradient
        v = two * v + (1 - two) * (z * (hessian @ z)) ** 2
        x = x - solver.rate * (m / (1 - one**t)) / ((v / (1 - two**t)).sqrt() + solver.epsilon)
        points.append(x)
    return points


def test_it_walks_as_a_naive_twin() -> None:
    solver, problem = AdaHessian(0.1, (0.8, 0.9)), rosenbrock()
    with torch.no_grad():
        points = problem.unroll(solver, _STEPS).points[1:]
    expected = naive_walk(solver, problem.start[0], _STEPS)
    torch.testing.assert_close([point[0] for point in points], expected)


@torch.no_grad()
def test_on_a_diagonal_quadratic_the_first_step_is_newton_s() -> None:
    """There z * (H z) is the diagonal itself, whatever the signs."""
    scales, x = torch.linspace(0.1, 4, 5).double(), torch.arange(1.0, 11).double().reshape(2, 5)
    problem = FunctionProblem(lambda x: Value(0.5 * (scales * x.square()).sum(1)))
    points = unroll(AdaHessian(1.0, epsilon=0.0), problem, x, 1)
    torch.testing.assert_close(points.points[1], torch.zeros_like(x), atol=1e-12, rtol=0)


def test_the_mean_over_signs_is_the_diagonal() -> None:
    factor = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    matrix = factor @ factor.mT
    seen = [(z := random_signs(4, 0, step)) * (matrix @ z) for step in range(4000)]
    torch.testing.assert_close(torch.stack(seen).mean(0), matrix.diagonal(), atol=0.2, rtol=0)


def test_signs_are_of_the_seed_and_the_step() -> None:
    signs = [random_signs(64, seed, step) for seed in (0, 1) for step in (0, 1)]
    assert torch.equal(signs[0], random_signs(64, 0, 0))
    assert all(set(z.tolist()) == {-1.0, 1.0} for z in signs)
    assert len({tuple(z.tolist()) for z in signs}) == 4


@torch.no_grad()
def test_the_product_is_the_hessian_s_whether_the_gradient_has_a_formula_or_not() -> None:
    factor = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(1)).double()
    matrices, z = factor @ factor.mT, torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]]).double()
    seen: list[Tensor] = []

    class Spy(AdaHessian):
        def observe_curvature(self, x, product, state):  # type: ignore[no-untyped-def]
            seen.append(product(z))
            return super().observe_curvature(x, product, state)

    def objective(x: Tensor) -> Value:
        return Value(0.5 * torch.einsum("bi,bij,bj->b", x, matrices, x))

    def formula(x: Tensor, _: Value) -> Tensor:
        return torch.einsum("bij,bj->bi", matrices, x)

    x = torch.ones(2, 3).double()
    for gradient in (None, formula):
        unroll(Spy(0.1), FunctionProblem(objective, gradient), x, 1)
    expected = torch.einsum("bij,bj->bi", matrices, z)
    torch.testing.assert_close(seen, [expected, expected])


@torch.no_grad()
def test_a_straight_line_has_no_curvature() -> None:
    x = torch.ones(2, 3)
    points = unroll(AdaHessian(0.1, max_step=0.5), FunctionProblem(lambda x: Value(x.sum(1))), x, 2).points
    torch.testing.assert_close(points[-1], x - 1.0)


@pytest.mark.parametrize("name", SOLVERS)
def test_only_adahessian_asks_for_curvature(name: str) -> None:
    assert isinstance(SOLVERS[name](), CurvatureSolver) == (name == "AdaHessian")
