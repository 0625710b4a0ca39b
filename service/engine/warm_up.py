"""Warm-up fits, which run before the service reports ready."""

from collections.abc import Iterable

import numpy as np

from model.body.joints import NUM_BETAS
from model.keypoints.names import NUM_CANONICAL
from model.status import PersonStatus
from service.engine.batching import Run
from service.engine.engine import Engine
from service.engine.job import FitJob


def warm_up_job(people: int) -> FitJob:
    """Return a job of so many people with arbitrary keypoints: only the sizes matter."""
    line = np.linspace(0, 100, 2 * NUM_CANONICAL, dtype=np.float32).reshape(1, NUM_CANONICAL, 2)
    keypoints = np.concatenate([line, np.ones((1, NUM_CANONICAL, 1), np.float32)], 2)
    return FitJob(
        keypoints=np.repeat(keypoints, people, 0),
        cameras=np.full((people, 4), np.nan, np.float32),
        betas=np.full((people, NUM_BETAS), np.nan, np.float32),
        steps=4,
        mesh=np.ones(people, np.bool_),
    )


class WarmUpError(Exception):
    """A warm-up fit failed."""


async def warm_up(engine: Engine, run: Run, sizes: Iterable[int]) -> None:
    """Fit batches of these sizes, each between two batches of the engine.

    Raises:
        WarmUpError: a person was not fitted, as with weights that aren't finite.
    """
    for people in sizes:
        outcome = await engine.warm_up(warm_up_job(people), run)
        for status, message in zip(outcome.statuses, outcome.messages, strict=True):
            if status is not PersonStatus.OK:
                raise WarmUpError(f"A warm-up fit of {people} people failed: {message}")
