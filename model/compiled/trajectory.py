"""A fit by compiled graphs, in the place of `Recovery.trajectory`."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.joints import NUM_BETAS
from model.compiled.graphs import LARGEST_BATCH, Inputs, step_inputs
from model.descent import Trajectory
from model.pose_space import PoseSpace
from model.view import Observation

# Tensors in, tensors out, in the order of the graph's arguments and results.
Graph = Callable[[list[Tensor]], Sequence[Tensor]]


class Value(NamedTuple):
    """What is known of the objective at a point of a compiled fit: value (B,)."""

    value: Tensor


class CompiledTrajectory:
    """Runs the two graphs: one beginning, then as many steps as are asked for.

    Args:
        begin, step: see `graphs.Begin` and `graphs.Step`.
    """

    def __init__(self, begin: Graph, step: Graph) -> None:
        self._begin, self._step = begin, step

    @staticmethod
    def can_take(observation: Observation) -> bool:
        """Whether the batch is one that the graphs were made for."""
        return 1 <= len(observation.keypoints) <= LARGEST_BATCH

    @torch.no_grad()
    def __call__(
        self, observation: Observation, steps: int, betas: Tensor | None = None
    ) -> tuple[PoseSpace, Trajectory[Value]]:
        """Arguments and answer as of `Recovery.trajectory`, but for rounding, and without secants."""
        inputs = _inputs(observation, betas)
        begun = list(self._begin(list(inputs)))
        fixed = step_inputs(inputs, begun)[: len(inputs) + 2]
        position = begun[2:]
        points, values = [position[0]], [Value(position[-1])]
        for _ in range(steps):
            # A graph reads its inputs as lying in one piece, and what it gives may be a part of a larger one.
            given = [value.contiguous() for value in position[:-1]]
            position = list(self._step([*fixed, *given]))
            points.append(position[0])
            values.append(Value(position[-1]))
        return PoseSpace(begun[0]), Trajectory(points, values, [])


def _inputs(observation: Observation, betas: Tensor | None) -> Inputs:
    """As the graphs take them: in one piece of memory each."""
    if betas is None:
        betas = observation.focal.new_full((len(observation.focal), NUM_BETAS), torch.nan)
    return Inputs(*(value.contiguous() for value in (*observation, betas)))
