"""Minimisers of the classical methods: Adam on all people at once, L-BFGS on one after another."""

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from model.body.body import Body
from model.fit.objective import project_to_bounds
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace
from model.optimizer.first_order import Adam
from model.optimizer.problem import FunctionProblem
from model.optimizer.unroll import unroll

# (x, space, body, observation) to a value (B,).
Objective = Callable[[Tensor, PoseSpace, Body, Observation], Tensor]

# Turn of the root in x; the translation follows in closed form.
_ROOT = 3


class Stage(NamedTuple):
    """A part of a schedule.

    Attributes:
        objective: what is minimised.
        iterations: of Adam; of L-BFGS, the most.
        root_only: turn the whole body only.
    """

    objective: Objective
    iterations: int
    root_only: bool = False


class Point(NamedTuple):
    """State of N problems: iterations taken (N,) and x (N, 70)."""

    taken: Tensor
    x: Tensor


@dataclass(frozen=True, eq=False)
class Problems:
    """N independent fits: where they begin, and what they are to meet."""

    x: Tensor
    space: PoseSpace
    body: Body
    observation: Observation

    def value(self, stage: Stage, x: Tensor) -> Tensor:
        """The objective (N,) at the real body nearest to x; what the stage holds has no gradient."""
        x = project_to_bounds(x)
        if stage.root_only:
            x = torch.cat([x[:, :_ROOT], x[:, _ROOT:].detach()], 1)
        return stage.objective(x, self.space, self.body, self.observation)

    def single(self, row: int) -> "Problems":
        """Return one of the problems."""
        one = slice(row, row + 1)
        observation = Observation(*(value[one] for value in self.observation))
        return Problems(self.x[one], PoseSpace(*(part[one] for part in self.space)), self.body, observation)

    def double(self) -> "Problems":
        """Return the problems in 64 bits."""
        observation = Observation(*(value.double() for value in self.observation))
        space = PoseSpace(*(part.double() for part in self.space))
        return Problems(self.x.double(), space, deepcopy(self.body).double(), observation)


class Minimiser(Protocol):
    """Goes through a schedule from the start."""

    def run(self, problems: Problems, stages: Sequence[Stage]) -> list[Point]:
        """Points on the way, the start and the end among them."""


class _Value(NamedTuple):
    value: Tensor


@dataclass(frozen=True)
class BatchedAdam:
    """Adam with a rate; its averages begin anew in each stage."""

    rate: float

    def run(self, problems: Problems, stages: Sequence[Stage]) -> list[Point]:
        """Every point."""
        none = problems.x.new_zeros(len(problems.x))
        points = [Point(none, problems.x)]
        for stage in stages:
            before, x = points[-1]
            problem = FunctionProblem(
                lambda x, stage=stage: _Value(problems.value(stage, x)),  # type: ignore[misc]
                bounds=project_to_bounds,
            )
            path = unroll(Adam(self.rate), problem, x, stage.iterations).points
            points += [Point(before + k, x) for k, x in enumerate(path)][1:]
        return points


@dataclass(frozen=True)
class WolfeLBFGS:
    """torch's L-BFGS with a strong Wolfe line search, in 64 bits (in 32 it often ends in NaN).

    Attributes:
        inner: iterations between two looks at the progress.
        tolerance: a stage ends when a look finds a smaller relative gain than this, or gradient.
    """

    inner: int = 30
    tolerance: float = 1e-9

    def run(self, problems: Problems, stages: Sequence[Stage]) -> list[Point]:
        """The start and the end of each stage."""
        exact = problems.double()
        paths = [self._run_one(exact.single(row), stages) for row in range(len(exact.x))]
        points = [Point(*map(torch.cat, zip(*step, strict=True))) for step in zip(*paths, strict=True)]
        return [Point(taken.float(), project_to_bounds(x.float())) for taken, x in points]

    def _run_one(self, problem: Problems, stages: Sequence[Stage]) -> list[Point]:
        points = [Point(torch.zeros(1), problem.x)]
        for stage in stages:
            before, x = points[-1]
            moved, taken = self._descend(problem, stage, x)
            points.append(Point(before + taken, moved))
        return points

    def _descend(self, problem: Problems, stage: Stage, x: Tensor) -> tuple[Tensor, int]:
        """Return where a stage ends, and its iterations. What is not finite is not moved to."""
        variable = x.clone().requires_grad_()
        optimizer = torch.optim.LBFGS(
            [variable], max_iter=self.inner, history_size=100, line_search_fn="strong_wolfe"
        )

        def closure() -> Tensor:
            optimizer.zero_grad()
            value = problem.value(stage, variable).sum()
            value.backward()
            return value.detach()

        previous, taken = float("inf"), 0
        with torch.enable_grad():
            while True:
                optimizer.param_groups[0].update(max_iter=min(self.inner, stage.iterations - taken))
                value = float(optimizer.step(closure))
                taken = int(optimizer.state[variable]["n_iter"])
                if not (math.isfinite(value) and bool(variable.isfinite().all())):
                    return x, taken
                gain = (previous - value) / max(abs(previous), abs(value), 1.0)
                flat = variable.grad is not None and float(variable.grad.abs().max()) < self.tolerance
                if taken >= stage.iterations or flat or gain <= self.tolerance:
                    return variable.detach(), taken
                previous = value
