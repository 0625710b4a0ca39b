"""L-BFGS against torch's, and both limited solvers against matrices built from the same pairs."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from model.optimizer.dense import Update, bfgs, sr1
from model.optimizer.limited import LBFGS, LimitedMemory, LimitedMemorySR1, Pairs, push_pair
from model.optimizer.quasi_newton import first_scale
from tests.model.optimizer.problems import quadratic, rosenbrock

TWINS = [(LBFGS, bfgs), (LimitedMemorySR1, sr1)]
_COUNT, _SIZE = 3, 6


def pairs_of(solver: LimitedMemory, count: int, sign: float = 1.0) -> Pairs:
    """What the solver keeps after `count` random pairs."""
    generator = torch.Generator().manual_seed(count)
    pairs = solver.init(torch.zeros(_COUNT, _SIZE).double()).pairs
    for _ in range(count):
        p = torch.randn(_COUNT, _SIZE, generator=generator).double()
        q = sign * p * torch.linspace(0.5, 2, _SIZE)
        pairs = push_pair(pairs, p, q, solver.wants(pairs, p, q))
    return pairs


@pytest.mark.parametrize("count", [0, 1, 3, 7])
@pytest.mark.parametrize(("kind", "update"), TWINS)
def test_the_product_is_that_of_the_matrix(
    kind: Callable[..., LimitedMemory], update: Update, count: int
) -> None:
    solver = kind(memory=4)
    pairs = pairs_of(solver, count)
    matrix = torch.diag_embed(first_scale(pairs.p[:, -1], pairs.q[:, -1]).expand(_COUNT, _SIZE))
    for p, q in zip(pairs.p.unbind(1), pairs.q.unbind(1), strict=True):
        matrix = update(matrix, p, q)
    z = torch.randn(_COUNT, _SIZE, generator=torch.Generator().manual_seed(9)).double()
    torch.testing.assert_close(solver.product(pairs, z), (matrix @ z[..., None])[..., 0])
    if not count:
        assert torch.equal(solver.product(pairs, z), z)


@pytest.mark.parametrize("kind", [LBFGS, LimitedMemorySR1])
def test_the_newest_pairs_are_kept(kind: Callable[..., LimitedMemory]) -> None:
    few, many = pairs_of(kind(memory=2), 7), pairs_of(kind(memory=4), 7)
    assert torch.equal(few.p, many.p[:, 2:])
    assert torch.equal(few.q, many.q[:, 2:])


def torch_s_walk(history: int, rate: float, steps: int) -> Tensor:
    """The points (steps, n) of torch.optim.LBFGS, without line search, on the first problem alone."""
    problem = rosenbrock()
    x = problem.start[:1].clone().requires_grad_()
    peer = torch.optim.LBFGS(
        [x], rate, max_iter=1, history_size=history, tolerance_grad=0.0, tolerance_change=0.0
    )

    def closure() -> Tensor:
        peer.zero_grad()
        value = problem.objective(x, torch.tensor([0]), torch.arange(_SIZE)).sum()
        value.backward()
        return value

    points = []
    for _ in range(steps):
        peer.step(closure)
        points.append(x.detach()[0].clone())
    return torch.stack(points)


@pytest.mark.parametrize("history", [1, 4, 20])
def test_lbfgs_walks_as_torch_s(history: int) -> None:
    """Torch measures curvature in absolute numbers, so it is let stop before they get too small for it."""
    with torch.no_grad():
        ours = rosenbrock().unroll(LBFGS(history, rate=0.5), 15).points[1:]
    torch.testing.assert_close(torch.stack(ours)[:, 0], torch_s_walk(history, 0.5, 15), rtol=1e-6, atol=1e-8)


def test_lbfgs_refuses_negative_curvature_where_it_is() -> None:
    solver = LBFGS(memory=3)
    assert (pairs_of(solver, 3, sign=-1.0).p == 0).all()
    pairs = solver.init(torch.zeros(2, 2).double()).pairs
    p = torch.ones(2, 2).double()
    q = torch.tensor([[1.0], [-1.0]]).double() * p
    assert push_pair(pairs, p, q, solver.wants(pairs, p, q)).p[:, -1].tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_sr1_takes_negative_curvature_and_refuses_a_denominator_of_nothing() -> None:
    solver = LimitedMemorySR1(memory=3)
    assert (pairs_of(solver, 3, sign=-1.0).p != 0).all()
    pairs = solver.init(torch.zeros(1, 2).double()).pairs
    q = torch.tensor([[1.0, 0.0]]).double()
    assert not solver.wants(pairs, q, q).any()  # B q = p holds already
    assert not solver.wants(pairs, q + torch.tensor([[0.0, 1.0]]), q).any()  # r is orthogonal to q


@torch.no_grad()
def test_limited_sr1_finds_a_quadratic_s_minimum_if_it_remembers_enough() -> None:
    values = [e.value for e in quadratic(size=4).unroll(LimitedMemorySR1(memory=8), 6).evaluations]
    assert (values[-1] < 1e-16 * values[0]).all()
