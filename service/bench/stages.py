"""Stages of a fit one by one: the least that each must compute and move, and its time."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from model.fit.compiled.build import trace_arguments
from model.fit.compiled.graphs import GRAPHS
from model.fit.compiled.pure import Parts
from model.fit.compiled.run import CompiledFit
from model.fit.fitter import Fitter
from service.bench.fits import STEPS
from service.bench.machine import Machine
from service.bench.measure import take_turns

_TITLES = {
    "begin": "preparation and initializer",
    "step": f"{STEPS} steps of L-SR1",
    "finish": "best point before the camera",
}


class Stage(NamedTuple):
    """One stage of a fit of so many people.

    Attributes:
        name: in words.
        people: in the batch.
        mflop: 10^6 operations of all matrix products in it; element-wise work is not counted.
        mbytes: 10^6 bytes that it can't do without: weights and body once, arguments and results.
        floor_ms: milliseconds that the machine needs for either, whichever is longer, by its own product in
            32 bits and its own copy.
        eager_ms, compiled_ms: medians, the second None without a compiled fit.
    """

    name: str
    people: int
    mflop: float
    mbytes: float
    floor_ms: float
    eager_ms: float
    compiled_ms: float | None

    @property
    def gap(self) -> float:
        """Ratio of the stage's time to its floor, compiled if possible."""
        return (self.eager_ms if self.compiled_ms is None else self.compiled_ms) / self.floor_ms


@torch.no_grad()
def stages_of(fitter: Fitter, people: int, machine: Machine, seconds: float) -> list[Stage]:
    """Measure each stage by itself.

    Args:
        fitter: gives the graphs, eager and, if it has them, compiled.
        people: in the batch.
        machine: as it was measured.
        seconds: for each stage.
    """
    arguments = {
        name: [_repeated(value, people) for value in given]
        for name, given in trace_arguments(fitter.recovery, fitter.body).items()
    }
    return [_stage(name, arguments[name], fitter, machine, seconds) for name in GRAPHS]


def _repeated(value: Tensor, people: int) -> Tensor:
    return value[:1].repeat(people, *[1] * (value.dim() - 1))


def _stage(name: str, given: list[Tensor], fitter: Fitter, machine: Machine, seconds: float) -> Stage:
    parts = Parts(fitter.recovery, fitter.body, GRAPHS[name])
    counter = FlopCounterMode(display=False)
    with counter:
        answer = parts(*given)
    # Weights that every step reads are in a cache after the first.
    times = STEPS if name == "step" else 1
    mflop = times * counter.get_total_flops() / 1e6
    mbytes = (_bytes(parts.numbers().values()) + times * _bytes([*given, *answer])) / 1e6
    eager, compiled = _times(name, parts, given, fitter, seconds)
    return Stage(
        name=_TITLES[name],
        people=len(given[0]),
        mflop=round(mflop, 2),
        mbytes=round(mbytes, 3),
        floor_ms=max(mflop / machine.gflops, mbytes / machine.gbytes),
        eager_ms=times * eager,
        compiled_ms=None if compiled is None else times * compiled,
    )


def _times(
    name: str, parts: Parts, given: list[Tensor], fitter: Fitter, seconds: float
) -> tuple[float, float | None]:
    """Return median milliseconds of one run, eager and compiled."""
    ways: dict[str, Callable[[], object]] = {"eager": lambda: parts(*given)}
    if isinstance(fitter.backend, CompiledFit):
        run = getattr(fitter.backend.runs, name)
        ways["compiled"] = lambda: run(given)
    eager, *compiled = take_turns(ways, len(given[0]), seconds)
    return eager.median_ms, compiled[0].median_ms if compiled else None


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)
