"""LGD: the whole vector at once, its context, and what it refuses."""

import pytest
import torch
from torch import Tensor

from model.optimizer.lgd import LGD, LGDConfig

_SIZE = 5


def optimizer(config: LGDConfig | None = None, context: int = 0) -> LGD:
    """In 64 bits, with every layer doing something."""
    torch.manual_seed(0)
    solver = LGD(config or LGDConfig(width=8, blocks=1), _SIZE, context).double()
    with torch.no_grad():
        for parameter in solver.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return solver.eval()


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


@torch.no_grad()
def run(solver: LGD, x: Tensor, context: Tensor | None = None, steps: int = 3) -> Tensor:
    state = solver.init(x, context)
    for _ in range(steps):
        x, state, secant = solver.step(x, torch.linspace(1, 2, _SIZE) * x, state)
        assert torch.equal(secant, torch.zeros(len(x)).double())
    return x


def test_a_problem_is_solved_as_if_alone() -> None:
    solver, x, context = optimizer(context=2), random(4, _SIZE), random(4, _SIZE, 2, seed=1)
    together = run(solver, x, context)
    for i in range(4):
        torch.testing.assert_close(run(solver, x[i : i + 1], context[i : i + 1])[0], together[i])


def test_each_coordinate_s_update_depends_on_every_coordinate() -> None:
    solver, x, gradient = optimizer(), random(1, _SIZE), random(1, _SIZE, seed=1)

    def update(z: Tensor) -> Tensor:
        return solver.step(z[:1], z[1:], solver.init(x)).x[0] - z[0]

    jacobian = torch.autograd.functional.jacobian(update, torch.cat([x, gradient]))
    assert jacobian.shape == (_SIZE, 2, _SIZE)
    assert (jacobian.abs() > 1e-6).all()


def test_coordinates_have_places() -> None:
    """Unlike those of L-SR1: the update of x in another order is not the update in that order."""
    solver, x = optimizer(), random(2, _SIZE)
    state = solver.init(x)
    flipped = solver.step(x.flip(1), x.flip(1), state).x.flip(1)
    assert (flipped - solver.step(x, x, state).x).abs().max() > 1e-3


def test_the_context_matters() -> None:
    solver, x = optimizer(context=2), random(2, _SIZE)
    one, other = (run(solver, x, random(2, _SIZE, 2, seed=seed)) for seed in (1, 2))
    assert (one - other).abs().max() > 1e-3


def test_another_number_of_variables_is_refused() -> None:
    with pytest.raises(ValueError, match="5 variables, not 6"):
        optimizer().init(random(2, 6))


@pytest.mark.parametrize("bad", [(1.0,), (1.0,) * 5], ids=len)
def test_input_scales_must_be_two(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="input_scale"):
        LGD(LGDConfig(input_scale=bad), _SIZE)  # type: ignore[arg-type]


def test_inputs_are_scaled_and_steps_are_bounded() -> None:
    solver = optimizer(LGDConfig(width=8, blocks=1, max_step=0.01, input_scale=(2.0, 50.0)))
    given: list[Tensor] = []
    solver.networks.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    x, gradient = random(2, _SIZE), random(2, _SIZE, seed=1)
    moved = solver.step(x, gradient, solver.init(x)).x
    torch.testing.assert_close(given[0], torch.cat([2 * x, 50 * gradient], 1))
    assert (moved - x).abs().max() <= 0.01 + 1e-12


def test_bfloat16_changes_little() -> None:
    solver, x = optimizer().float(), random(4, _SIZE).float()
    exact = run(solver, x)
    solver.bf16 = True
    rough = run(solver, x)
    assert rough.dtype == torch.float32
    assert not torch.equal(rough, exact)
    assert (rough - exact).norm() < 0.05 * (x - exact).norm()


def test_a_fresh_optimizer_moves_little() -> None:
    torch.manual_seed(0)
    solver, x = LGD(LGDConfig(width=32), _SIZE), random(4, _SIZE).float()
    with torch.no_grad():
        assert (solver.step(x, x, solver.init(x)).x - x).abs().max() < 0.2
