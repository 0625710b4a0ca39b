"""What is promised of every solver, on every problem: it goes down, alone as in a batch, in any order."""

import pytest
import torch

from model.optimizer.solver import CurvatureSolver, Solver, clamp_step
from tests.model.optimizer.problems import PROBLEMS, SOLVERS, Problem, quadratic

_STEPS = 12


@pytest.fixture(params=SOLVERS)
def solver(request: pytest.FixtureRequest) -> Solver:
    return SOLVERS[request.param]()


@pytest.fixture(params=PROBLEMS)
def problem(request: pytest.FixtureRequest) -> Problem:
    return PROBLEMS[request.param]()


@torch.no_grad()
def test_it_goes_down(solver: Solver, problem: Problem) -> None:
    values = [evaluation.value for evaluation in problem.unroll(solver, 3 * _STEPS).evaluations]
    assert (values[1] < values[0]).all()
    assert (values[_STEPS] < 0.6 * values[0]).all()
    assert (values[-1] < 0.1 * values[0]).all()


@torch.no_grad()
def test_a_problem_is_solved_as_if_alone(solver: Solver, problem: Problem) -> None:
    together = problem.unroll(solver, _STEPS)
    for i in range(len(problem.start)):
        alone = problem.unroll(solver, _STEPS, some=torch.tensor([i]))
        torch.testing.assert_close(alone.points[-1][0], together.points[-1][i])
        torch.testing.assert_close(torch.stack(alone.secants)[:, 0], torch.stack(together.secants)[:, i])


@torch.no_grad()
def test_the_order_of_problems_and_coordinates_changes_nothing(solver: Solver, problem: Problem) -> None:
    plain = problem.unroll(solver, _STEPS).points[-1]
    some, order = torch.tensor([2, 0, 1]), torch.tensor([3, 0, 5, 1, 4, 2])
    if isinstance(solver, CurvatureSolver):  # looks at each coordinate with a random sign of its own
        order = torch.arange(6)
    mixed = problem.unroll(solver, _STEPS, some, order).points[-1]
    torch.testing.assert_close(mixed, plain[some][:, order])


@torch.no_grad()
def test_the_state_is_a_value(solver: Solver, problem: Problem) -> None:
    """A step can be taken again from the same state, whatever was done since."""
    x, state = problem.start, solver.init(problem.start)
    for _ in range(3):
        x, state, _ = solver.step(x, 0.1 * x, state)
    again = [solver.step(x, 0.1 * x, state) for _ in range(2)]
    problem.unroll(solver, 2)
    again.append(solver.step(x, 0.1 * x, state))
    assert all(torch.equal(again[0].x, other.x) for other in again)


@pytest.mark.parametrize("size", [1, 2, 30])
@torch.no_grad()
def test_any_number_of_variables(solver: Solver, size: int) -> None:
    problem = quadratic(count=2, size=size)
    trajectory = problem.unroll(solver, _STEPS)
    assert trajectory.points[-1].shape == (2, size)
    assert (trajectory.evaluations[-1].value < trajectory.evaluations[0].value).all()
    assert all(secant.shape == (2,) and secant.isfinite().all() for secant in trajectory.secants)


@torch.no_grad()
def test_it_stays_finite_where_there_is_nothing_left_to_do(solver: Solver) -> None:
    x = torch.ones(2, 4).double()
    state = solver.init(x)
    for _ in range(4):
        x, state, secant = solver.step(x, torch.zeros_like(x), state)
        assert x.isfinite().all()
        assert secant.isfinite().all()


def test_bounded_steps_are_bounded() -> None:
    x, step = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0.1, -9.0, 9.0]])
    torch.testing.assert_close(clamp_step(x, step, 0.5), torch.tensor([[1.1, 1.5, 3.5]]))
    assert torch.equal(clamp_step(x, step, float("inf")), x + step)
