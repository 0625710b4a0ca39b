"""Running a solver on analytic problems, and how far it gets."""

from torch import Tensor

from model.experiments.analytic.problems import Problems, Value
from model.optimizer.problem import FunctionProblem
from model.optimizer.solver import Solver
from model.optimizer.unroll import Mode, Trajectory, unroll


def solve(
    solver: Solver,
    problems: Problems,
    steps: int,
    *,
    differentiable: bool = False,
    second_order: bool = True,
) -> Trajectory[Value]:
    """Run a solver on problems from their start.

    If differentiable, points keep their history; if second_order, gradients at them do too.
    """
    problem = FunctionProblem(lambda x: Value(problems.value(x)), lambda x, _: problems.gradient(x))
    mode = Mode(differentiable, second_order=differentiable and second_order)
    return unroll(solver, problem, problems.start, steps, mode)


def relative_error(values: Tensor, problems: Problems) -> Tensor:
    """Return (f(x_k) - f*) / (f(x_0) - f*), (K + 1, B), for the values f(x_k) (K + 1, B)."""
    return (values - problems.least) / (values[0] - problems.least)
