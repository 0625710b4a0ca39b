"""The first-order solvers walk exactly as those of torch.optim do."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from model.optimizer.first_order import Adam, GradientDescent, Nesterov
from model.optimizer.solver import Solver
from tests.model.optimizer.problems import Problem, rosenbrock

Peer = Callable[[list[Tensor]], torch.optim.Optimizer]

PAIRS: dict[str, tuple[Solver, Peer]] = {
    "gradient descent": (GradientDescent(0.5), lambda x: torch.optim.SGD(x, 0.5)),
    "Nesterov": (Nesterov(0.1, 0.8), lambda x: torch.optim.SGD(x, 0.1, momentum=0.8, nesterov=True)),
    "Adam": (Adam(0.05, (0.8, 0.9)), lambda x: torch.optim.Adam(x, 0.05, (0.8, 0.9))),
    "AdamW": (Adam(0.05, decay=0.3), lambda x: torch.optim.AdamW(x, 0.05, weight_decay=0.3)),
}


def peer_s_walk(problem: Problem, peer: Peer, steps: int) -> Tensor:
    """The points (steps, B, n) of a solver of torch.optim. Its element-wise steps keep problems apart."""
    x = problem.start.clone().requires_grad_()
    optimizer, points = peer([x]), []
    for _ in range(steps):
        optimizer.zero_grad()
        problem.objective(x, torch.arange(len(x)), torch.arange(x.shape[1])).sum().backward()
        optimizer.step()
        points.append(x.detach().clone())
    return torch.stack(points)


@pytest.mark.parametrize("name", PAIRS)
def test_it_walks_as_the_peer(name: str) -> None:
    solver, peer = PAIRS[name]
    problem = rosenbrock()
    with torch.no_grad():
        trajectory = problem.unroll(solver, 15)
    torch.testing.assert_close(torch.stack(trajectory.points[1:]), peer_s_walk(problem, peer, 15))
    assert all(torch.equal(secant, torch.zeros(3).double()) for secant in trajectory.secants)


@pytest.mark.parametrize("solver", [GradientDescent(9.0, 0.1), Nesterov(9.0, 0.9, 0.1)])
def test_no_coordinate_moves_further_than_allowed(solver: Solver) -> None:
    x = torch.zeros(1, 3)
    moved = solver.step(x, torch.tensor([[1.0, -1.0, 0.001]]), solver.init(x)).x
    assert moved[0, 0] == pytest.approx(-0.1)
    assert moved[0, 1] == pytest.approx(0.1)
    assert -0.1 < moved[0, 2] < 0
