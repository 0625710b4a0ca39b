"""The classical updates: naive twins, the secant condition, duality, and the pairs that they refuse."""

import pytest
import torch
from torch import Tensor

from model.optimizer.dense import DenseQuasiNewton, DenseState, Update, bfgs, dfp, sr1
from model.optimizer.quasi_newton import Past, first_scale
from tests.model.optimizer.problems import quadratic, rosenbrock

UPDATES = {"bfgs": bfgs, "dfp": dfp, "sr1": sr1}
_COUNT, _SIZE = 4, 5


@pytest.fixture(params=UPDATES)
def update(request: pytest.FixtureRequest) -> Update:
    return UPDATES[request.param]


def positive_matrices(seed: int = 0) -> Tensor:
    factor = torch.randn(_COUNT, _SIZE, _SIZE, generator=torch.Generator().manual_seed(seed)).double()
    return factor @ factor.mT + torch.eye(_SIZE)


def pairs(seed: int = 1) -> tuple[Tensor, Tensor]:
    """Steps p (B, n) and changes q = A p (B, n) of positive curvature."""
    p = torch.randn(_COUNT, _SIZE, generator=torch.Generator().manual_seed(seed)).double()
    return p, (positive_matrices(seed) @ p[..., None])[..., 0]


def naive(name: str, B: Tensor, p: Tensor, q: Tensor) -> Tensor:
    """The textbook's formula for one problem: B (n, n), p and q (n, 1)."""
    if name == "bfgs":
        c = 1 / (p.T @ q)
        left = torch.eye(len(p)) - c * p @ q.T
        return left @ B @ left.T + c * p @ p.T
    if name == "dfp":
        return B + p @ p.T / (p.T @ q) - B @ q @ q.T @ B / (q.T @ B @ q)
    r = p - B @ q
    return B + r @ r.T / (r.T @ q)


@pytest.mark.parametrize("name", UPDATES)
def test_the_update_is_the_textbook_s(name: str) -> None:
    B, (p, q) = positive_matrices(), pairs()
    expected = torch.stack([naive(name, B[i], p[i, :, None], q[i, :, None]) for i in range(_COUNT)])
    torch.testing.assert_close(UPDATES[name](B, p, q), expected)


def test_the_secant_condition_holds_and_symmetry_stays(update: Update) -> None:
    p, q = pairs()
    new = update(positive_matrices(), p, q)
    torch.testing.assert_close((new @ q[..., None])[..., 0], p)
    torch.testing.assert_close(new, new.mT)


@pytest.mark.parametrize(("one", "other"), [(bfgs, dfp), (dfp, bfgs), (sr1, sr1)])
def test_inverse_and_hessian_updates_are_dual(one: Update, other: Update) -> None:
    """BFGS on the inverse is DFP on the matrix with p and q exchanged; SR1 is its own dual."""
    B, (p, q) = positive_matrices(), pairs()
    torch.testing.assert_close(one(B, p, q).inverse(), other(B.inverse(), q, p))


@pytest.mark.parametrize("update", [bfgs, dfp])
def test_positive_definite_whatever_comes(update: Update) -> None:
    B, generator = positive_matrices(), torch.Generator().manual_seed(5)
    for _ in range(20):
        p, q = torch.randn(2, _COUNT, _SIZE, generator=generator).double()
        B = update(B, p, q)
        assert (torch.linalg.eigvalsh((B + B.mT) / 2) > 0).all()


def test_a_pair_that_says_nothing_changes_nothing_and_only_there(update: Update) -> None:
    B, (p, q) = positive_matrices(), pairs()
    p[1], q[1] = 0.0, 0.0
    new = update(B, p, q)
    assert torch.equal(new[1], B[1])
    assert ((new - B).abs().amax((1, 2)) > 1e-3).tolist() == [True, False, True, True]


@pytest.mark.parametrize("update", [bfgs, dfp])
def test_negative_curvature_is_refused(update: Update) -> None:
    B, (p, q) = positive_matrices(), pairs()
    assert torch.equal(update(B, p, -q), B)


def test_sr1_refuses_a_denominator_of_nothing() -> None:
    """Where r is orthogonal to q, although neither is zero."""
    B, q = torch.eye(2)[None].double(), torch.tensor([[1.0, 0.0]]).double()
    assert torch.equal(sr1(B, q + torch.tensor([[0.0, 1.0]]), q), B)


@torch.no_grad()
def test_sr1_finds_a_quadratic_s_minimum_in_as_many_steps_as_there_are_variables() -> None:
    problem = quadratic(size=4)
    values = [e.value for e in problem.unroll(DenseQuasiNewton(sr1), 4 + 2).evaluations]
    assert (values[-1] < 1e-16 * values[0]).all()


@pytest.mark.parametrize("size", [1, 2, 5, 8])
@torch.no_grad()
def test_sr1_from_the_identity_ends_in_n_plus_one_steps_and_meets_every_secant_equation(size: int) -> None:
    """Nocedal and Wright (2006), theorem 6.1: B q_j = p_j for all pairs so far, so B ends as A^-1."""
    problem = quadratic(size=size)
    trajectory = problem.unroll(DenseQuasiNewton(sr1, scaled=False), size + 1)
    values = [evaluation.value for evaluation in trajectory.evaluations]
    assert (values[-1] < 1e-9 * values[0]).all()
    assert (values[size - 1] > 1e-9 * values[0]).any()
    everything, order = torch.arange(len(problem.start)), torch.arange(size)
    gradients = [
        torch.autograd.functional.jacobian(lambda x: problem.objective(x, everything, order).sum(), x)
        for x in trajectory.points
    ]
    B = torch.eye(size).double().expand(len(problem.start), -1, -1)
    pairs_so_far: list[tuple[Tensor, Tensor]] = []
    for k in range(size):
        p, q = trajectory.points[k + 1] - trajectory.points[k], gradients[k + 1] - gradients[k]
        B = sr1(B, p, q)
        pairs_so_far.append((p, q))
        for p, q in pairs_so_far:
            torch.testing.assert_close((B @ q[..., None])[..., 0], p, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_rounding_alone_is_no_denominator(dtype: torch.dtype) -> None:
    """The first scale makes r^T q zero for the first pair, in any precision."""
    p, q = (z.to(dtype) for z in pairs())
    solver = DenseQuasiNewton(sr1)
    first = solver.step(q, q, DenseState(Past(q - p, torch.zeros_like(q)), None)).state.matrix
    torch.testing.assert_close(first, torch.diag_embed(first_scale(p, q).expand_as(p)))


@torch.no_grad()
def test_the_returned_secant_residual_is_that_of_the_matrix_used() -> None:
    metric_input = torch.stack(
        rosenbrock().unroll(DenseQuasiNewton(bfgs, rate=0.5, max_step=0.2), 10).secants
    )
    assert (metric_input[0] == 0).all()
    assert (metric_input < 1e-20).all()
    solver, x = DenseQuasiNewton(bfgs), torch.ones(1, 2).double()
    _, state, _ = solver.step(x, x, solver.init(x))
    _, state, secant = solver.step(x + 1, x - 1, state)  # refused: the gradient fell along a step up
    assert state.matrix is not None
    torch.testing.assert_close(secant, torch.tensor([8.0]).double())
