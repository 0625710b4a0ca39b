"""Exporting and compiling the graphs: minutes of work, done once for a machine."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.export import Dim

from model.body.body import Body
from model.fit.compiled.graphs import (
    GRAPHS,
    LARGEST_BATCH,
    MOST_POINTS,
    Begin,
    example_inputs,
    graph_file,
    unpack,
)
from model.fit.compiled.pure import Parts, Pure
from model.fit.network import Recovery

# People and steps that the graphs are traced with: two and more are treated alike.
_PEOPLE, _STEPS = 3, 2

# A graph has one thread, as many may run at a time.
_OPTIONS = {"cpp.threads": 1}


@torch.no_grad()
def compile_graphs(recovery: Recovery, body: Body, folder: Path, report: Callable[[str], None]) -> None:
    """Write all graphs into a folder.

    Args:
        recovery: the network to compile; see `can_be_compiled`.
        body: the body to compile.
        folder: an existing folder.
        report: called with a line for each graph.

    Raises:
        RuntimeError: no C++ compiler was found, or it fails.
    """
    arguments = trace_arguments(recovery, body)
    for number, (name, graph) in enumerate(GRAPHS.items(), 1):
        report(f"{number} of {len(GRAPHS)}: {(graph.__doc__ or name).splitlines()[0]}")
        _compile(Parts(recovery, body, graph).eval(), name, arguments[name], folder)


def trace_arguments(recovery: Recovery, body: Body) -> dict[str, list[Tensor]]:
    """Return the arguments of each graph as they occur in a fit."""
    inputs = example_inputs(_PEOPLE)
    prepared, fixed, position = unpack(Begin(recovery, body)(*inputs))
    points = position.x[:, None].repeat(1, _STEPS + 1, 1)
    values = position.value[:, None].repeat(1, _STEPS + 1)
    return {
        "begin": [*inputs],
        "step": [*fixed, *position[:-1]],
        "finish": [*prepared, points, values],
    }


def _compile(parts: Parts, name: str, arguments: list[Tensor], folder: Path) -> None:
    people = Dim("people", min=1, max=LARGEST_BATCH)
    shapes = [{0: people} for _ in arguments]
    if name == "finish":
        reached = Dim("points", min=1, max=MOST_POINTS)
        shapes[-2:] = [{0: people, 1: reached}] * 2
    numbers = list(parts.numbers().values())
    program = torch.export.export(
        Pure(parts),
        (*numbers, *arguments),
        # The one argument is the row of all.
        dynamic_shapes=((*({} for _ in numbers), *shapes),),
    )
    torch._inductor.aoti_compile_and_package(
        program, package_path=str(folder / graph_file(name)), inductor_configs=_OPTIONS
    )
