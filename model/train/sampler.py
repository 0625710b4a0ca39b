"""Sampling the people of each iteration: the same ones, however many processes share them."""

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

# Number of parts of a batch, each with separate random numbers: the largest number of processes.
SHARDS = 32
# Drawing a few people takes as long as drawing a hundred, so a lane draws for many iterations at once.
_DRAWN_AT_ONCE = 2048


class Progress(NamedTuple):
    """The progress of a run: a stage (from 0) and an iteration in it (from 0)."""

    stage: int
    iteration: int


class SyntheticPeople(NamedTuple):
    """Observations of synthetic people, and the truth."""

    observation: Observation
    truth: Truth


@dataclass(frozen=True)
class _Pool:
    """The people of one lane for the iterations from `first` on of a stage."""

    stage: int
    first: int
    people: SyntheticPeople


class PeopleSampler:
    """Draws a process's share of every batch; all randomness follows from seed and progress.

    Args:
        poses: source of body poses.
        body: the body that is posed.
        config: of the run.
        processes: the processes that share a batch.

    Raises:
        ConfigError: a batch has fewer people than processes.
    """

    def __init__(self, poses: PoseSource, body: Body, config: TrainConfig, processes: Processes) -> None:
        self._poses, self._config = poses, config
        self.body = body
        self._shards = range(processes.rank, SHARDS, processes.count)
        self._pools: dict[int, _Pool] = {}
        for stage in config.stages:
            if min(stage.batch, SHARDS) < processes.count:
                raise ConfigError(
                    f"at most {min(stage.batch, SHARDS)} processes can share a batch of {stage.batch}, "
                    f"not {processes.count}."
                )

    def people(self, progress: Progress) -> SyntheticPeople:
        """Return this process's people of an iteration; all processes together have the stage's `batch`."""
        stage = self._config.stages[progress.stage]
        shards = [self._shard(shard, progress) for shard in self._shards if shard_size(stage, shard)]
        return SyntheticPeople(
            Observation(*map(torch.cat, zip(*(people.observation for people in shards), strict=True))),
            Truth(*map(torch.cat, zip(*(people.truth for people in shards), strict=True))),
        )

    def _shard(self, shard: int, progress: Progress) -> SyntheticPeople:
        stage = self._config.stages[progress.stage]
        size = shard_size(stage, shard)
        ahead = min(max(_DRAWN_AT_ONCE // size, 1), stage.iterations)
        within = progress.iteration % ahead
        first = progress.iteration - within
        pool = self._pools.get(shard)
        if pool is None or (pool.stage, pool.first) != (progress.stage, first):
            pool = _Pool(
                progress.stage, first, self._draw(shard, Progress(progress.stage, first), ahead * size)
            )
            self._pools[shard] = pool
        part = slice(within * size, (within + 1) * size)
        observation, truth = pool.people
        return SyntheticPeople(Observation(*(v[part] for v in observation)), Truth(*(v[part] for v in truth)))

    @torch.no_grad()
    def _draw(self, shard: int, progress: Progress, count: int) -> SyntheticPeople:
        seed = np.random.SeedSequence([self._config.seed, *progress, shard]).generate_state(1)
        generator = torch.Generator().manual_seed(int(seed[0]))
        return SyntheticPeople(*draw_people(self._poses, self.body, count, self._config.synthesis, generator))


def shard_size(stage: StageConfig, shard: int) -> int:
    """Return the number of people that a shard has of a batch; all shards add up to the batch."""
    return stage.batch // SHARDS + (shard < stage.batch % SHARDS)
