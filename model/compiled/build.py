"""Exporting and compiling the two graphs: minutes of work, done once for a machine."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from model.body.body import Body
from model.compiled.graphs import LARGEST_BATCH, Begin, Step, someone, step_inputs
from model.recovery import Recovery

BEGIN, STEP = "begin.pt2", "step.pt2"

# People that the graphs are traced with: two and more are treated alike.
_TRACED = 3


@torch.no_grad()
def compile_graphs(
    recovery: Recovery, body: Body, folder: Path, say: Callable[[str], None] = lambda _: None
) -> None:
    """Write both graphs into a folder.

    Args:
        recovery, body: what is compiled, with their numbers; see `can_be_compiled`.
        folder: that exists.
        say: told what is being done.

    Raises:
        RuntimeError: there is no C++ compiler, or it fails.
    """
    begin, step, inputs = Begin(recovery, body), Step(recovery, body), someone(_TRACED)
    say("1 of 2: the initializer and the objective")
    _compile(begin, list(inputs), folder / BEGIN)
    say("2 of 2: a step of L-SR1")
    _compile(step, step_inputs(inputs, begin(*inputs)), folder / STEP)


def _compile(graph: nn.Module, arguments: list[torch.Tensor], path: Path) -> None:
    people = torch.export.Dim("people", min=1, max=LARGEST_BATCH)
    shapes = tuple({0: people} for _ in arguments)
    program = torch.export.export(graph.eval(), tuple(arguments), dynamic_shapes=shapes)
    torch._inductor.aoti_compile_and_package(program, package_path=str(path))
