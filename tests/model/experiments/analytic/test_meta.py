"""Meta-training: what the loss is, that it learns, that a seed fixes everything, and what is kept of it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.experiments.analytic.convergence import convergence
from model.experiments.analytic.draw import quadratics
from model.experiments.analytic.meta import MetaConfig, _Best, meta_loss, meta_train, secant_penalty
from model.experiments.analytic.problems import Quadratics
from model.experiments.analytic.solve import solve
from model.experiments.analytic.trained import trained, with_buffer
from model.experiments.cache import ResultCache
from model.optimizer.first_order import GradientDescent
from model.optimizer.limited import LBFGS
from model.optimizer.lsr1 import LSR1, LSR1Config

CONFIG = MetaConfig(
    iterations=30,
    batch=8,
    unroll=5,
    size=4,
    pool=64,
    rate=5e-3,
    warmup=5,
    optimizer=LSR1Config(
        width=8,
        hidden=8,
        rate=1.0,
        norm="none",
        metric_input="product",
        relative=True,
        input_scale=(1.0, 4.0, 4.0, 4.0, 4.0),
    ),
)


# How far finite differences look.
_NEAR = 1e-5


def silent(line: str) -> None:
    """Say nothing."""


def tiny() -> LSR1:
    return meta_train(replace(CONFIG, iterations=2), quadratics, 1, silent)


def test_it_learns() -> None:
    test = quadratics(16, 6, 99)
    fresh = meta_train(replace(CONFIG, iterations=1, rate=1e-12), quadratics, 1, silent)
    learned = meta_train(CONFIG, quadratics, 1, silent)
    with torch.no_grad():
        before, after = (meta_loss(solve(solver, test, 5), test, CONFIG) for solver in (fresh, learned))
    assert after[0] < before[0] - 0.02
    assert after[1] < before[1]


def test_the_slope_of_the_loss_is_that_of_finite_differences() -> None:
    """Through the points, the gradients there and the lengths of the inputs' units."""
    torch.manual_seed(0)
    solver, problems = LSR1(CONFIG.optimizer).double(), quadratics(4, 4, 7)
    problems = Quadratics(problems.matrices.double(), problems.vectors.double())

    def loss() -> Tensor:
        error, secant = meta_loss(solve(solver, problems, 8, differentiable=True), problems, CONFIG)
        return error + secant

    loss().backward()
    weights: list[Tensor] = [weight for weight in solver.parameters() if weight.grad is not None]
    slopes = [weight.grad for weight in weights if weight.grad is not None]
    along = [torch.randn_like(weight) for weight in weights]
    slope = sum(float((grad * way).sum()) for grad, way in zip(slopes, along, strict=True))
    ends = []
    for step in (_NEAR, -2 * _NEAR):
        with torch.no_grad():
            for weight, way in zip(weights, along, strict=True):
                weight += step * way
        ends.append(loss().item())
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * _NEAR), rel=1e-4)


def test_the_first_order_is_another_slope_of_the_same_loss() -> None:
    torch.manual_seed(0)
    solver, problems, found = LSR1(CONFIG.optimizer), quadratics(4, 4, 7), []
    for second_order in (True, False):
        path = solve(solver, problems, 3, differentiable=True, second_order=second_order)
        error, _ = meta_loss(path, problems, CONFIG)
        slopes = torch.autograd.grad(error, list(solver.networks.rate.parameters()))
        found.append((error.item(), slopes[-1].item()))
    assert found[0][0] == found[1][0]
    assert abs(found[0][1] - found[1][1]) > 0.01 * abs(found[0][1])


def test_the_seed_fixes_everything() -> None:
    one, same = (tiny().state_dict() for _ in range(2))
    other = meta_train(replace(CONFIG, iterations=2), quadratics, 2, silent).state_dict()
    assert all(torch.equal(value, same[name]) for name, value in one.items())
    assert not all(torch.equal(value, other[name]) for name, value in one.items())


def test_each_measurement_is_reported() -> None:
    reported: list[str] = []
    meta_train(replace(CONFIG, iterations=4), quadratics, 1, reported.append)
    assert [line.split(":")[0] for line in reported] == [f"  iteration {k}" for k in (1, 2, 3, 4)]
    assert all("log error -" in line for line in reported)


def test_training_returns_to_the_best_state_when_much_worse() -> None:
    """But from the first that was learned it doesn't go back to the fresh one."""
    learned = {
        name: value.clone() for name, value in meta_train(CONFIG, quadratics, 1, silent).state_dict().items()
    }
    solver = meta_train(replace(CONFIG, iterations=1, rate=1e-12), quadratics, 1, silent)
    wild = {name: value + 3 for name, value in solver.state_dict().items()}
    best = _Best(solver, quadratics(16, 4, 99), CONFIG)
    adamw = torch.optim.AdamW(solver.parameters())
    for state, back in ((wild, False), (learned, False), (wild, True)):
        solver.load_state_dict(state)
        assert ("back to" in best.check(adamw)) == back
    assert best.rate == CONFIG.rate / 2
    assert all(torch.equal(value, learned[name]) for name, value in solver.state_dict().items())


def test_an_optimizer_that_learns_nothing_is_returned_unchanged() -> None:
    reported: list[str] = []
    wild = meta_train(
        replace(CONFIG, iterations=5, rate=30.0, warmup=0, clip=1e9), quadratics, 1, reported.append
    )
    fresh = meta_train(replace(CONFIG, iterations=1, rate=1e-12), quadratics, 1, silent)
    assert not any("back to" in line for line in reported)
    for name, value in fresh.state_dict().items():
        torch.testing.assert_close(wild.state_dict()[name], value)


def test_the_loss_of_gradient_descent_is_known() -> None:
    """On the bowl x^2 / 2 - b x every step of rate 0.5 halves the distance: the error falls to a quarter."""
    bowl = replace(quadratics(2, 3, 0), matrices=torch.eye(3).expand(2, -1, -1))
    error, secant = meta_loss(solve(GradientDescent(0.5), bowl, 3), bowl, CONFIG)
    expected = torch.tensor([0.25**k + 1e-3 for k in (1, 2, 3)]).log().mean()
    torch.testing.assert_close(error, expected)
    assert secant == 0


def test_the_relative_penalty_does_not_see_the_unit_of_x() -> None:
    """For b ten times as long x is too, and so are the steps."""
    problems = quadratics(4, 5, 0)
    solver = tiny()
    solver = with_buffer(solver, 4)
    with torch.no_grad():
        paths = [
            solve(solver, replace(problems, vectors=unit * problems.vectors), 2) for unit in (0.01, 0.001)
        ]
    for penalty, ratio in (("relative", 1.0), ("absolute", 100.0)):
        large, small = (secant_penalty(path, penalty) for path in paths)  # type: ignore[arg-type]
        assert float(large / small) == pytest.approx(ratio, rel=1e-3)


def test_a_trained_optimizer_is_kept(tmp_path: Path) -> None:
    reported: list[str] = []
    config = replace(CONFIG, iterations=2)
    one, again = (
        trained(ResultCache(tmp_path, {}), "a", config, quadratics, 1, reported.append) for _ in range(2)
    )
    assert reported[0] == "a: 2 meta-iterations"
    assert sum(line.startswith("a:") for line in reported) == 1
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in one.state_dict().items())
    assert not again.training


def test_the_buffer_is_all_that_changes() -> None:
    solver = tiny()
    other = with_buffer(solver, 9)
    assert other.config == replace(solver.config, buffer=9)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in solver.state_dict().items())


def test_convergence_measures_the_cosine_to_newton_s_direction() -> None:
    """Gradient descent on bowls goes straight to the minimum; L-BFGS ends there."""
    bowl = replace(quadratics(3, 4, 0), matrices=torch.eye(4).expand(3, -1, -1))
    straight = convergence(GradientDescent(0.5), bowl, 4)
    assert straight["cosine"] == pytest.approx([1.0] * 4, abs=1e-5)
    assert straight["error"] == pytest.approx([0.25**k for k in range(5)], abs=1e-5)
    assert straight["median"] == pytest.approx(straight["error"], abs=1e-6)
    assert straight["loss"][-1] == pytest.approx(-0.5, abs=0.01)
    bent = convergence(LBFGS(8), quadratics(3, 4, 0), 12)
    assert bent["error"][-1] < 1e-2
    assert [len(bent[name]) for name in ("loss", "error", "median", "cosine")] == [13, 13, 13, 12]
