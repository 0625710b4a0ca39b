"""The people of each iteration: the same ones, however many processes share them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from model.body.body import Body
from model.data.source import PoseSource
from model.data.synthesis import Truth, draw_people
from model.fit.observation import Observation
from model.train.config import ConfigError, StageConfig, TrainConfig
from model.train.distributed import Processes

# Into how many parts a batch falls, each with random numbers of its own: the most processes there can be.
LANES = 32
# Drawing a few people takes as long as drawing a hundred, so a lane draws for many iterations at once.
_DRAWN_AT_ONCE = 2048


class Place(NamedTuple):
    """A place in a run: which stage (from 0), and which of its iterations (from 0)."""

    stage: int
    iteration: int


class People(NamedTuple):
    """What is seen of some people, and what is true."""

    observation: Observation
    truth: Truth


@dataclass(frozen=True)
class _Pool:
    """The people of one lane for the iterations from `first` on of a stage."""

    stage: int
    first: int
    people: People


class PeopleStream:
    """Draws a process's share of every batch. All randomness follows from the seed and the place in the run.

    Args:
        poses, body: what people are made from.
        config: of the run.
        processes: who shares a batch.

    Raises:
        ConfigError: a batch is too small to give every process someone.
    """

    def __init__(self, poses: PoseSource, body: Body, config: TrainConfig, processes: Processes) -> None:
        self._poses, self._config = poses, config
        self.body = body
        self._lanes = range(processes.rank, LANES, processes.count)
        self._pools: dict[int, _Pool] = {}
        for stage in config.stages:
            if min(stage.batch, LANES) < processes.count:
                raise ConfigError(
                    f"a batch of {stage.batch} can be shared by {min(stage.batch, LANES)} processes at most, "
                    f"not by {processes.count}."
                )

    def people(self, place: Place) -> People:
        """This process's people in an iteration; over all processes they are the stage's `batch`."""
        stage = self._config.stages[place.stage]
        lanes = [self._lane(lane, place) for lane in self._lanes if lane_size(stage, lane)]
        return People(
            Observation(*map(torch.cat, zip(*(people.observation for people in lanes), strict=True))),
            Truth(*map(torch.cat, zip(*(people.truth for people in lanes), strict=True))),
        )

    def _lane(self, lane: int, place: Place) -> People:
        stage = self._config.stages[place.stage]
        size = lane_size(stage, lane)
        ahead = min(max(_DRAWN_AT_ONCE // size, 1), stage.iterations)
        within = place.iteration % ahead
        first = place.iteration - within
        pool = self._pools.get(lane)
        if pool is None or (pool.stage, pool.first) != (place.stage, first):
            pool = _Pool(place.stage, first, self._draw(lane, Place(place.stage, first), ahead * size))
            self._pools[lane] = pool
        part = slice(within * size, (within + 1) * size)
        observation, truth = pool.people
        return People(Observation(*(v[part] for v in observation)), Truth(*(v[part] for v in truth)))

    @torch.no_grad()
    def _draw(self, lane: int, place: Place, count: int) -> People:
        seed = np.random.SeedSequence([self._config.seed, *place, lane]).generate_state(1)
        generator = torch.Generator().manual_seed(int(seed[0]))
        return People(*draw_people(self._poses, self.body, count, self._config.synthesis, generator))


def lane_size(stage: StageConfig, lane: int) -> int:
    """How many people of a batch a lane has; those of all lanes add up to the batch."""
    return stage.batch // LANES + (lane < stage.batch % LANES)
