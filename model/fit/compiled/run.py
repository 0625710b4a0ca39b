"""The compiled backend of a fitter: runs the graphs in place of the eager fit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.joints import NUM_BETAS
from model.camera import Cameras
from model.fit.compiled.aoti import Run
from model.fit.compiled.graphs import LARGEST_BATCH, MOST_POINTS, Inputs, Position, result_of, unpack
from model.fit.result import FitResult

# Fewer people than this are not worth a thread.
_LEAST_SHARE = 8


class Runs(NamedTuple):
    """The functions that run each graph; see `graphs.Begin`, `Step` and `Finish`."""

    begin: Run
    step: Run
    finish: Run


class CompiledFit:
    """Runs the graphs: one beginning, the requested number of steps, one end.

    Attributes:
        runs: one function for each graph.

    Args:
        runs: functions that several threads may call at a time.
        threads: number of threads that share a batch; a graph runs in one.
    """

    def __init__(self, runs: Runs, threads: int = 1) -> None:
        self.runs, self._threads = runs, threads
        self._pool = ThreadPoolExecutor(threads, "graph", _alone) if threads > 1 else None

    @staticmethod
    def can_take(people: int, steps: int) -> bool:
        """Return whether the graphs were compiled for so many people and steps."""
        return 1 <= people <= LARGEST_BATCH and steps < MOST_POINTS

    @torch.no_grad()
    def __call__(
        self,
        pixels: Tensor,
        confidence: Tensor,
        camera: Cameras | None = None,
        *,
        steps: int,
        betas: Tensor | None = None,
    ) -> FitResult:
        """Fit people; arguments and result as for `Fitter.fit`, up to rounding."""
        inputs = _inputs(pixels, confidence, camera, betas)
        parts = min(self._threads, len(pixels) // _LEAST_SHARE)
        if self._pool is None or parts < 2:
            return result_of(self._fit(inputs, steps))
        shares = zip(*(value.chunk(parts) for value in inputs), strict=True)
        done = list(self._pool.map(lambda share: self._fit(Inputs(*share), steps), shares))
        return result_of([torch.cat(rows) for rows in zip(*done, strict=True)])

    @torch.no_grad()
    def _fit(self, inputs: Inputs, steps: int) -> Sequence[Tensor]:
        prepared, fixed, position = unpack(self.runs.begin(list(inputs)))
        points, values = [position.x], [position.value]
        for _ in range(steps):
            position = Position(*self.runs.step([*fixed, *position[:-1]]))
            points.append(position.x)
            values.append(position.value)
        return self.runs.finish([*prepared, torch.stack(points, 1), torch.stack(values, 1)])


def _inputs(pixels: Tensor, confidence: Tensor, camera: Cameras | None, betas: Tensor | None) -> Inputs:
    """Return the inputs of the graphs, each in contiguous memory."""
    count = len(pixels)
    if betas is None:
        betas = pixels.new_full((count, NUM_BETAS), torch.nan)
    cameras = pixels.new_full((count, 4), torch.nan) if camera is None else camera.intrinsics
    return Inputs(*(value.float().contiguous() for value in (pixels, confidence, cameras, betas)))


def _alone() -> None:
    """Run the products of a graph in the graph's own thread."""
    torch.set_num_threads(1)
