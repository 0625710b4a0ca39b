"""Classical methods: an objective, a minimiser, and one or several starts of which the best end wins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.benchmark.methods.method import Iterate, Pace
from model.benchmark.methods.minimisers import Minimiser, Point, Problems, Stage
from model.body.body import Body
from model.evaluate.starts import Start
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace
from model.rotation import rotvec_to_matrix

YAWS = 4


@dataclass(frozen=True, eq=False)
class Classical:
    """A schedule from a start, or from several that differ in heading.

    Attributes:
        start: where a person's fit begins.
        yaws: number of headings, evenly spaced; the end of least objective is the answer.
        minimiser, stages: the schedule.
        parameters: of the prior.
    """

    name: str
    description: str
    start: Start
    yaws: int
    minimiser: Minimiser
    stages: Sequence[Stage]
    parameters: int
    pace: Pace
    batched: bool

    def fit(self, body: Body, observation: Observation) -> list[Iterate]:
        """Iterates of the start that ended best."""
        problems = self._problems(body, observation)
        points = self.minimiser.run(problems, self.stages)
        best = self._best(problems, points[-1])
        space = PoseSpace(*(part[best] for part in problems.space))
        return [Iterate(taken[best], *space.decode(x[best])) for taken, x in points]

    def _problems(self, body: Body, observation: Observation) -> Problems:
        """All starts of the first person, then those of the next."""
        x, space = self.start(observation)
        origin = headings(space.origin, self.yaws).flatten(0, 1)
        many = Observation(*(value.repeat_interleave(self.yaws, 0) for value in observation))
        return Problems(x.repeat_interleave(self.yaws, 0), PoseSpace.around(origin), body, many)

    def _best(self, problems: Problems, end: Point) -> Tensor:
        """Return which problem (B,) is each person's best."""
        values = problems.value(self.stages[-1], end.x).view(-1, self.yaws)
        best = values.masked_fill(~values.isfinite(), torch.inf).argmin(1)
        return torch.arange(len(values)) * self.yaws + best


def headings(rotations: Tensor, count: int) -> Tensor:
    """Poses (B, 24, 3, 3) turned about the body's own upright axis: (B, count, 24, 3, 3), the first as is."""
    angle = torch.arange(count).to(rotations) * (2 * math.pi / count)
    turns = rotvec_to_matrix(angle[:, None] * torch.eye(3).to(rotations)[1])
    root = rotations[:, None, :1] @ turns[:, None]
    return torch.cat([root, rotations[:, None, 1:].expand(-1, count, -1, -1, -1)], 2)
