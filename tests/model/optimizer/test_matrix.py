"""Every solver in every precision and dimension, and beside a problem that is broken."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from model.optimizer.problem import FunctionProblem
from model.optimizer.solver import Solver
from model.optimizer.unroll import Trajectory, unroll
from tests.model.optimizer.problems import SOLVERS, Value, fresh_lgd

_STEPS = 6

FOR_SIZE: dict[str, Callable[[int], Solver]] = {
    **{name: lambda size, make=make: make() for name, make in SOLVERS.items()},  # type: ignore[misc]
    "LGD": fresh_lgd,
}


@pytest.fixture(params=FOR_SIZE)
def make(request: pytest.FixtureRequest) -> Callable[[int], Solver]:
    return FOR_SIZE[request.param]


def in_precision(solver: Solver, dtype: torch.dtype) -> Solver:
    """Networks have one of their own; the others take that of x."""
    return solver.to(dtype) if isinstance(solver, nn.Module) else solver


@torch.no_grad()
def run(solver: Solver, x: Tensor, steps: int = _STEPS) -> Trajectory[Value]:
    """On a bowl whose curvature goes from 0.1 to 0.5; a problem that starts at NaN stays there."""
    scales = torch.linspace(0.1, 0.5, x.shape[1]).to(x)
    return unroll(solver, FunctionProblem(lambda x: Value(0.5 * (scales * x.square()).sum(1))), x, steps)


def starts(count: int, size: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(size)).to(dtype)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shapes_and_precision(make: Callable[[int], Solver], size: int, dtype: torch.dtype) -> None:
    trajectory = run(in_precision(make(size), dtype), starts(2, size, dtype), steps=3)
    for point in trajectory.points:
        assert point.shape == (2, size)
        assert point.dtype == dtype
        assert point.isfinite().all()
    assert all(secant.shape == (2,) and secant.dtype == dtype for secant in trajectory.secants)


def test_single_precision_walks_as_double(make: Callable[[int], Solver]) -> None:
    exact = run(make(5), starts(3, 5), steps=3).points[-1]
    rough = run(in_precision(make(5), torch.float32), starts(3, 5, torch.float32), steps=3).points[-1]
    torch.testing.assert_close(rough.double(), exact, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_broken_problem_spoils_no_other(make: Callable[[int], Solver], broken: float) -> None:
    x = starts(3, 4)
    spoilt = x.clone()
    spoilt[1, 2] = broken
    clean, beside = run(make(4), x).points[-1], run(make(4), spoilt).points[-1]
    torch.testing.assert_close(beside[[0, 2]], clean[[0, 2]])


def test_an_empty_batch_is_one_too(make: Callable[[int], Solver]) -> None:
    assert run(make(4), starts(0, 4)).points[-1].shape == (0, 4)


def test_it_descends_on_a_convex_problem(make: Callable[[int], Solver]) -> None:
    values = [evaluation.value for evaluation in run(make(8), starts(4, 8), 30).evaluations]
    if make is fresh_lgd:
        assert all(value.isfinite().all() for value in values)  # it has yet to learn how to go down
    else:
        assert (values[-1] < 0.5 * values[0]).all()
