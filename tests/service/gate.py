"""A device that goes on only when it's let, and an engine before it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from model.status import PersonStatus
from service.engine.engine import Engine
from service.engine.job import FitJob, FitOutcome
from service.engine.policy import EngineLimits
from service.observability.metrics import Metrics

LONG = 20.0  # seconds; nothing here waits as long unless it is broken


def job(mark: int = 0, *, people: int = 1, steps: int = 4) -> FitJob:
    """People whose confidences are a mark to know them by."""
    keypoints = np.full((people, 25, 3), mark, np.float32)
    nothing = np.zeros((people, 0), np.float32)
    return FitJob(keypoints, nothing, nothing, steps, np.zeros(people, np.bool_))


def outcome(of: FitJob) -> FitOutcome:
    """One whose residuals are the people's marks."""
    marks = of.keypoints[:, 0, 2]
    seconds = {"fit": 0.0, "mesh": 0.0}
    statuses, nothing = [PersonStatus.OK] * of.people, np.zeros((of.people, 25), np.bool_)
    return FitOutcome(
        statuses,
        [""] * of.people,
        {"mark": marks},
        {},
        used=of.keypoints,
        left_out=nothing,
        exchanged=nothing[:, :2],
        residual_ratio=marks,
        farthest_ratio=marks,
        seconds=seconds,
    )


def marks(of: FitOutcome) -> list[float]:
    found: list[float] = of.arrays["mark"].tolist()
    return found


@asynccontextmanager
async def engine(**limits: Any) -> AsyncIterator[Engine]:
    usual = {"queue_requests": 9, "queue_people": 99, "batch_people": 1, "batch_wait": 0.0, "deadline": LONG}
    made = Engine(EngineLimits(**(usual | limits)), Metrics())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


class Gate:
    """A fit that goes on only when it's let, and notes which people came together."""

    def __init__(self) -> None:
        self.open, self.entered = threading.Event(), threading.Event()
        self.batches: list[list[float]] = []
        self.threads: set[int] = set()

    def __call__(self, of: FitJob) -> FitOutcome:
        self.entered.set()
        assert self.open.wait(LONG)
        done = outcome(of)
        self.batches.append(marks(done))
        self.threads.add(threading.get_ident())
        return done

    async def busy(self) -> None:
        await asyncio.to_thread(self.entered.wait, LONG)


async def behind(made: Engine, gate: Gate, *jobs: FitJob) -> list[FitOutcome]:
    """Let jobs wait behind one of mark 0, then let all of them go."""
    first = asyncio.create_task(made.fit(job(), gate))
    await gate.busy()
    others = [asyncio.create_task(made.fit(one, gate)) for one in jobs]
    await asyncio.sleep(0)
    assert made.depth == len(jobs)
    gate.open.set()
    await first
    return await asyncio.gather(*others)
