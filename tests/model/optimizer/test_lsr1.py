"""L-SR1 in many sizes: a descent metric, alike for all coordinates, independent of the batch."""

import pytest
import torch
from torch import Tensor

from model.optimizer.lsr1 import LSR1, LSR1Config, LSR1State
from model.optimizer.memory import apply_metric

_CONFIG = LSR1Config(width=8, hidden=8, buffer=3)
_SIZES = [1, 2, 70, 1000]


def optimizer(config: LSR1Config = _CONFIG) -> LSR1:
    """In 64 bits, with every layer doing something."""
    torch.manual_seed(0)
    solver = LSR1(config).double()
    with torch.no_grad():
        for parameter in solver.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return solver.eval()


def curvatures(size: int) -> Tensor:
    return torch.linspace(1, 3, size).double()


def run(
    solver: LSR1, x: Tensor, steps: int = 5, context: Tensor | None = None, curved: Tensor | None = None
) -> tuple[Tensor, LSR1State, list[Tensor]]:
    """Descend on 0.5 sum c x^2; gives the last point, the last state and the secant residuals."""
    curved = curvatures(x.shape[1]) if curved is None else curved
    state, secants = solver.init(x, context), []
    with torch.no_grad():
        for _ in range(steps):
            x, state, secant = solver.step(x, curved * x, state)
            secants.append(secant)
    return x, state, secants


def start(size: int, count: int = 4) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(size)).double()


@pytest.mark.parametrize("size", _SIZES)
def test_any_number_of_variables(size: int) -> None:
    x, state, secants = run(optimizer(), start(size))
    assert x.shape == state.direction.shape == (4, size)
    assert x.isfinite().all()
    assert state.vectors.shape == (4, _CONFIG.buffer, size)
    assert all(secant.shape == (4,) for secant in secants)


@pytest.mark.parametrize("size", _SIZES)
def test_the_direction_is_a_descent_direction(size: int) -> None:
    solver, x = optimizer(), start(size)
    state = solver.init(x)
    with torch.no_grad():
        for _ in range(5):
            gradient = curvatures(size) * x
            x, state, _ = solver.step(x, gradient, state)
            assert ((state.direction * gradient).sum(1) <= -gradient.square().sum(1) * (1 - 1e-9)).all()


@pytest.mark.parametrize("size", [2, 70, 1000])
def test_coordinates_are_interchangeable(size: int) -> None:
    """Without a context the networks don't know which coordinate is which."""
    order = torch.randperm(size, generator=torch.Generator().manual_seed(1))
    x, _, secants = run(optimizer(), start(size))
    permuted, _, permuted_secants = run(optimizer(), start(size)[:, order], curved=curvatures(size)[order])
    torch.testing.assert_close(permuted, x[:, order])
    torch.testing.assert_close(permuted_secants, secants)


def test_a_context_tells_coordinates_apart() -> None:
    solver = optimizer(LSR1Config(width=8, hidden=8, context=2))
    x, context = start(5), torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(1)).double()
    one, other = run(solver, x, context=context)[0], run(solver, x, context=context.flip(1))[0]
    assert (one - other).abs().max() > 1e-4
    permuted = run(solver, x.flip(1), context=context.flip(1), curved=curvatures(5).flip(0))[0]
    torch.testing.assert_close(permuted, one.flip(1))


@pytest.mark.parametrize("size", [1, 70])
def test_a_problem_is_solved_as_if_alone(size: int) -> None:
    together, _, _ = run(optimizer(), start(size))
    for i in range(4):
        alone, _, _ = run(optimizer(), start(size)[i : i + 1])
        torch.testing.assert_close(alone[0], together[i])


def test_the_state_is_a_value_and_nothing_stays_on_the_solver() -> None:
    solver, x = optimizer(), start(6)
    first = run(solver, x)[0]
    run(solver, start(3))
    assert torch.equal(run(solver, x)[0], first)
    assert all(not isinstance(value, Tensor) for value in vars(solver).values())


def test_the_secant_residual_is_how_far_bq_is_from_p() -> None:
    solver, x = optimizer(), start(6)
    state, points, gradients = solver.init(x), [], []
    with torch.no_grad():
        for _ in range(4):
            points.append(x)
            gradients.append(curvatures(6) * x)
            x, state, secant = solver.step(x, gradients[-1], state)
            if len(points) == 1:
                assert torch.equal(secant, torch.zeros(4).double())
                continue
            p, q = points[-1] - points[-2], gradients[-1] - gradients[-2]
            expected = (apply_metric(state.vectors, q) - p).square().sum(1)
            torch.testing.assert_close(secant, expected)
            assert (expected > 0).all()


def test_the_networks_are_given_point_step_direction_gradient_and_its_change() -> None:
    solver, x = optimizer(), start(6)
    given: list[Tensor] = []
    solver.networks.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    state, points, gradients, directions = solver.init(x), [], [], []
    with torch.no_grad():
        for _ in range(3):
            points.append(x)
            gradients.append(curvatures(6) * x)
            x, state, _ = solver.step(x, gradients[-1], state)
            directions.append(state.direction)
    for k, inputs in enumerate(given):
        zero = torch.zeros_like(x)
        p, q = (values[k] - values[k - 1] if k else zero for values in (points, gradients))
        seen = torch.stack([points[k], p, directions[k - 1] if k else zero, gradients[k], q], -1)
        torch.testing.assert_close(inputs, seen * solver.input_scale)


def test_a_fresh_optimizer_is_about_gradient_descent_at_its_rate() -> None:
    torch.manual_seed(0)
    solver, x = LSR1(LSR1Config(width=32, hidden=32, rate=0.1)), start(50).float()
    with torch.no_grad():
        moved = solver.step(x, x, solver.init(x)).x
    assert (moved - 0.9 * x).norm() < 0.2 * (0.1 * x).norm()


def test_rates_are_positive_and_clamped() -> None:
    solver = optimizer()
    rates = solver._rate(torch.tensor([-1e9, -3.0, 0.0, 3.0, 1e9], dtype=torch.float64))
    assert rates[2] == pytest.approx(_CONFIG.rate)
    assert (rates.diff() >= 0).all()
    assert rates[0] >= 0
    assert rates[-1] == 10.0


def test_bfloat16_changes_little() -> None:
    solver, x = optimizer().float(), start(70).float()
    exact = run(solver, x, steps=3, curved=curvatures(70).float())[0]
    solver.bf16 = True
    rough = run(solver, x, steps=3, curved=curvatures(70).float())[0]
    assert rough.dtype == torch.float32
    assert not torch.equal(rough, exact)
    assert (rough - exact).norm() < 0.05 * (x - exact).norm()


@pytest.mark.parametrize("bad", [(1.0, 1.0), (1.0,) * 6], ids=len)
def test_input_scales_must_be_five(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="input_scale"):
        LSR1(LSR1Config(input_scale=bad))  # type: ignore[arg-type]
