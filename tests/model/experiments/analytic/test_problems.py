"""Values, gradients and minima of the analytic problems, and the families that they are drawn from."""

import math
from collections.abc import Callable

import pytest
import torch
from torch.autograd.functional import hessian, jacobian

from model.experiments.analytic.draw import diagonals, diagonals_of_all, quadratics, rastrigins, rosenbrocks
from model.experiments.analytic.families import FAMILIES, TRAINING
from model.experiments.analytic.problems import Problems, Rastrigin, Rosenbrock
from model.experiments.errors import ExperimentError

DRAWS: dict[str, Callable[[int, int, int], Problems]] = {"quadratics": quadratics, **TRAINING}
_COUNT, _SIZE = 3, 5


@pytest.fixture(params=DRAWS)
def draw(request: pytest.FixtureRequest) -> Callable[[int, int, int], Problems]:
    return DRAWS[request.param]


def test_the_gradient_is_the_value_s(draw: Callable[[int, int, int], Problems]) -> None:
    problems = draw(_COUNT, _SIZE, 0)
    x = problems.start + 0.3
    expected = jacobian(lambda x: problems.value(x).sum(), x)
    torch.testing.assert_close(problems.gradient(x), expected, atol=1e-6, rtol=1e-5)


def test_nothing_lies_below_the_least(draw: Callable[[int, int, int], Problems]) -> None:
    problems = draw(_COUNT, _SIZE, 0)
    generator = torch.Generator().manual_seed(1)
    for scale in (0.1, 1.0, 10.0):
        x = problems.start + scale * torch.randn(_COUNT, _SIZE, generator=generator)
        assert (problems.value(x) >= problems.least - 1e-5).all()
    assert (problems.value(problems.start) > problems.least).all()


def test_the_least_is_reached_where_it_should_be() -> None:
    for problems in (quadratics(_COUNT, _SIZE, 0), diagonals(_COUNT, _SIZE, 0), rastrigins(_COUNT, _SIZE, 0)):
        at = problems.minimum
        torch.testing.assert_close(problems.value(at), problems.least, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(problems.gradient(at), torch.zeros_like(at), atol=1e-4, rtol=0)
    valley = rosenbrocks(_COUNT, _SIZE, 0)
    assert torch.equal(valley.value(torch.ones(_COUNT, _SIZE)), valley.least)


def test_textbook_values() -> None:
    """Of Rosenbrock and Rastrigin, a thousandth and a 400th of them."""
    x = torch.tensor([[-1.2, 1.0]])
    torch.testing.assert_close(1000 * Rosenbrock(x).value(x), torch.tensor([24.2]))
    half = Rastrigin(torch.zeros(1, 2), torch.zeros(1, 2)).value(torch.tensor([[0.5, 1.0]]))
    torch.testing.assert_close(400 * half, torch.tensor([0.25 + 20 + 1.0]))


def test_some_are_picked(draw: Callable[[int, int, int], Problems]) -> None:
    problems, which = draw(4, _SIZE, 0), torch.tensor([3, 1])
    some = problems.pick(which)
    x = problems.start + 0.1
    assert torch.equal(some.start, problems.start[which])
    torch.testing.assert_close(some.value(x[which]), problems.value(x)[which])
    torch.testing.assert_close(some.gradient(x[which]), problems.gradient(x)[which])


def test_the_same_seed_draws_the_same(draw: Callable[[int, int, int], Problems]) -> None:
    one, same, other = (draw(_COUNT, _SIZE, seed) for seed in (0, 0, 1))
    x = one.start + 0.5
    assert torch.equal(one.value(x), same.value(x))
    assert torch.equal(one.start, same.start)
    assert not (torch.equal(one.value(x), other.value(x)) and torch.equal(one.start, other.start))


def test_random_quadratics_are_as_the_paper_has_them() -> None:
    problems = quadratics(20, 6, 0, largest_condition=50.0)
    torch.testing.assert_close(torch.linalg.matrix_norm(problems.matrices), torch.ones(20))
    torch.testing.assert_close(problems.vectors.norm(dim=1), torch.ones(20))
    values = torch.linalg.eigvalsh(problems.matrices.double())
    assert (values[:, 0] > 0).all()
    assert (values[:, -1] / values[:, 0] < 50.01).all()
    assert torch.equal(problems.matrices, problems.matrices.mT)


def test_a_condition_that_is_too_rare_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.experiments.analytic.draw._ROUNDS", 2)
    with pytest.raises(
        ExperimentError, match=r"Of 4000 random 8 x 8 matrices 0 had a condition number below 1\.01"
    ):
        quadratics(1, 8, 0, largest_condition=1.01)


@pytest.mark.parametrize("condition", [1, 100, 10000])
def test_diagonals_have_the_condition_asked_for(condition: int) -> None:
    problems = FAMILIES[f"diagonal-{condition}"](2, 7, 0)
    (matrix, *_) = hessian(lambda x: problems.value(x[None].expand(2, -1))[0], problems.start[0])[None]
    assert (matrix - matrix.diagonal().diag()).abs().max() == 0
    ratio = matrix.diagonal().max() / matrix.diagonal().min()
    assert math.isclose(ratio, condition, rel_tol=1e-3)


def test_diagonals_of_all_conditions_are_even_in_their_logarithm() -> None:
    scales = diagonals_of_all(2000, 3, 0, largest_condition=100.0).scales
    torch.testing.assert_close(scales.amax(1), torch.ones(2000))
    logs = -torch.log10(scales.amin(1))
    assert 0 <= logs.min() < logs.max() <= 2
    assert abs((logs < 0.5).float().mean() - 0.25) < 0.05


@pytest.mark.parametrize("draw", [rosenbrocks, rastrigins])
def test_curvature_is_about_one(draw: Callable[[int, int, int], Problems]) -> None:
    """L-SR1's B is I and more, and so can't be the inverse of a much larger Hessian."""
    problems = draw(1, _SIZE, 0)
    largest = torch.linalg.eigvalsh(hessian(lambda x: problems.value(x[None]).sum(), problems.start[0]))
    assert 0.3 < largest.abs().max() < 3
