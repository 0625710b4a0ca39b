"""L-SR1's input of the metric, in which units, and with or without the identity in B."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.memory import apply_metric
from tests.model.optimizer.test_lsr1 import curvatures, optimizer, start

_SIZE = 6


def variant(**values: Any) -> LSR1:
    return optimizer(LSR1Config(width=8, hidden=8, buffer=3, norm="none", **values))


@torch.no_grad()
def watch(
    solver: LSR1, x: Tensor, scale: float = 1.0, steps: int = 4
) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
    """What the networks are given in each step on a bowl, f scaled, and what there is to give them."""
    given: list[Tensor] = []
    hook = solver.networks.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    state, zero = solver.init(x), torch.zeros_like(x)
    last_x, last_gradient, seen = None, None, []
    for _ in range(steps):
        gradient = scale * curvatures(_SIZE) * x
        p = zero if last_x is None else x - last_x
        q = zero if last_gradient is None else gradient - last_gradient
        product = solver._metric(state.vectors, q)
        seen.append({"x": x, "p": p, "d": state.direction, "g": gradient, "q": q, "Bq": product})
        last_x, last_gradient = x, gradient
        x, state, _ = solver.step(x, gradient, state)
    hook.remove()
    return given, seen


def test_the_product_takes_the_place_of_the_direction() -> None:
    given, seen = watch(variant(metric_input="product"), start(_SIZE))
    for inputs, now in zip(given, seen, strict=True):
        torch.testing.assert_close(
            inputs, torch.stack([now[name] for name in ("x", "p", "Bq", "g", "q")], -1)
        )


@pytest.mark.parametrize("metric_input", ["direction", "product"])
def test_relative_inputs_are_in_the_problem_s_own_lengths(metric_input: str) -> None:
    given, seen = watch(variant(metric_input=metric_input, relative=True), start(_SIZE))
    for inputs, now in zip(given[1:], seen[1:], strict=True):
        p, g = (now[name].square().mean(1, keepdim=True).sqrt() for name in ("p", "g"))
        third = (now["Bq"] / p if metric_input == "product" else now["d"] / g).clamp(-10, 10)
        parts = [0 * now["x"], now["p"] / p, third, now["g"] / g, now["q"] / p]
        torch.testing.assert_close(inputs, torch.stack(parts, -1))
    assert (given[0][..., [1, 2, 4]] == 0).all()  # before the first step there is neither p nor q


def test_relative_inputs_make_the_path_free_of_where_zero_is_and_of_the_unit_of_x() -> None:
    """For c (x - m) in place of x, and f such that the Hessian is the same, each step is c times as long."""
    solver, x, shift, unit = variant(metric_input="product", relative=True), start(_SIZE), 3.0, 10.0

    @torch.no_grad()
    def walk(x: Tensor, minimum: float) -> Tensor:
        state = solver.init(x)
        for _ in range(5):
            x, state, _ = solver.step(x, curvatures(_SIZE) * (x - minimum), state)
        return x - minimum

    torch.testing.assert_close(walk(unit * x + shift, shift), unit * walk(x, 0.0))
    absolute = variant(metric_input="product")
    solver = absolute
    assert (walk(unit * x + shift, shift) - unit * walk(x, 0.0)).abs().max() > 1e-3


@pytest.mark.parametrize("relative", [True, False])
def test_relative_steps_are_those_of_a_problem_repeated_several_times(relative: bool) -> None:
    """Copies of a problem beside each other are one of more variables: each should be solved as if alone."""
    solver, x = variant(metric_input="product", relative=relative), start(_SIZE)

    @torch.no_grad()
    def walk(copies: int) -> Tensor:
        at, curvature = x.repeat(1, copies), curvatures(_SIZE).repeat(copies)
        state = solver.init(at)
        for _ in range(5):
            at, state, _ = solver.step(at, curvature * at, state)
        return at[:, :_SIZE]

    assert torch.allclose(walk(1), walk(9)) == relative


def test_without_the_identity_b_is_the_learned_part_alone() -> None:
    z, vectors = start(_SIZE), torch.randn(4, 3, _SIZE).double()
    whole, learned = (apply_metric(vectors, z, identity=identity) for identity in (True, False))
    torch.testing.assert_close(whole - learned, z)
    x = start(_SIZE)
    with torch.no_grad():
        state = variant(identity=False).step(x, x, variant(identity=False).init(x)).state
        expected = -apply_metric(state.vectors, x, identity=False)
    torch.testing.assert_close(state.direction, expected)


@pytest.mark.parametrize(("norm", "kind"), [("rms", nn.RMSNorm), ("none", nn.Identity)])
def test_the_other_norms(norm: str, kind: type[nn.Module]) -> None:
    solver = LSR1(LSR1Config(width=8, hidden=8, norm=norm))  # type: ignore[arg-type]
    norms = [part for name, part in solver.named_modules() if name.endswith("norm")]
    assert len(norms) == 4
    assert all(type(part) is kind for part in norms)
