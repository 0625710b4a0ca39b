"""BatchNorm over coordinates, the choice of norm, and last layers that start small."""

import pytest
import torch
from torch import nn

from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.networks import CoordinateBatchNorm, start_near_zero


def test_batch_norm_puts_people_and_coordinates_together() -> None:
    norm, z = CoordinateBatchNorm(4), torch.randn(5, 7, 4, generator=torch.Generator().manual_seed(0)) * 3 + 1
    out = norm(z)
    torch.testing.assert_close(out.mean((0, 1)), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(out.var((0, 1), unbiased=False), torch.ones(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(norm.running_mean, 0.1 * z.mean((0, 1)))
    norm.eval()
    torch.testing.assert_close(norm(z)[2:3], norm(z[2:3]))


@pytest.mark.parametrize(("norm", "kind"), [("layer", nn.LayerNorm), ("batch", CoordinateBatchNorm)])
def test_the_norm_is_the_same_in_every_layer(norm: str, kind: type[nn.Module]) -> None:
    solver = LSR1(LSR1Config(width=8, hidden=8, norm=norm))  # type: ignore[arg-type]
    norms = [part for name, part in solver.named_modules() if name.endswith("norm")]
    assert len(norms) == 4
    assert all(type(part) is kind for part in norms)


@torch.no_grad()
def test_with_batch_norm_a_served_problem_is_solved_as_if_alone() -> None:
    """In training it is not."""
    torch.manual_seed(0)
    solver, x = LSR1(LSR1Config(width=8, hidden=8, norm="batch", rate=0.5)), torch.randn(4, 6)
    moved = [solver.step(x, x, solver.init(x)).x for _ in range(3)]
    alone = solver.step(x[:1], x[:1], solver.init(x[:1])).x[0]
    assert (alone - moved[-1][0]).abs().max() > 1e-4
    solver.eval()
    served, alone = (solver.step(part, part, solver.init(part)).x[0] for part in (x, x[:1]))
    torch.testing.assert_close(alone, served)


def test_a_last_layer_starts_small() -> None:
    torch.manual_seed(0)
    last = nn.Linear(50, 3)
    before = last.weight.detach().clone()
    start_near_zero(last)
    torch.testing.assert_close(last.weight.detach(), 0.1 * before)
    assert (last.bias == 0).all()
