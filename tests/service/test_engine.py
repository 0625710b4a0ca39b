"""The engine: order, back-pressure, deadlines, failures."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from service.engine import Engine
from service.errors import DeadlineExceededError, FitFailedError, QueueFullError, UnavailableError
from service.fitting import FitJob, FitOutcome
from service.metrics import Metrics
from service.schemas.answer import PersonStatus


def job(steps: int = 0) -> FitJob:
    nothing = np.zeros((1, 0), np.float32)
    return FitJob(np.zeros((1, 25, 3), np.float32), nothing, nothing, steps, False)


def outcome(of: FitJob) -> FitOutcome:
    seconds = {"fit": float(of.steps), "mesh": 0.0}
    return FitOutcome([PersonStatus.OK], [""], {}, {}, np.zeros(1, np.float32), seconds)


@asynccontextmanager
async def engine(
    run: Callable[[FitJob], FitOutcome], queue_size: int = 2, deadline: float = 20
) -> AsyncIterator[Engine]:
    made = Engine(run, queue_size=queue_size, deadline=deadline, metrics=Metrics())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


class Gate:
    """A fit that goes on only when it's let, and counts."""

    def __init__(self) -> None:
        self.open, self.entered = threading.Event(), threading.Event()
        self.ran: list[int] = []
        self.threads: set[int] = set()

    def __call__(self, of: FitJob) -> FitOutcome:
        self.entered.set()
        assert self.open.wait(20)
        self.ran.append(of.steps)
        self.threads.add(threading.get_ident())
        return outcome(of)

    async def busy(self) -> None:
        await asyncio.to_thread(self.entered.wait, 20)


def test_jobs_are_done_in_turn_by_one_thread_away_from_the_loop() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, queue_size=9) as made:
            jobs = [asyncio.create_task(made.fit(job(i))) for i in range(8)]
            await gate.busy()
            gate.open.set()
            outcomes = await asyncio.gather(*jobs)
        assert [o.seconds["fit"] for o in outcomes] == gate.ran == list(range(8))
        assert all(o.seconds["queue"] >= 0 for o in outcomes)
        assert len(gate.threads) == 1
        assert threading.get_ident() not in gate.threads

    asyncio.run(main())


def test_a_full_queue_turns_away_at_once() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, queue_size=1) as made:
            running = asyncio.create_task(made.fit(job()))
            await gate.busy()
            waiting = asyncio.create_task(made.fit(job()))
            await asyncio.sleep(0)
            assert made.depth == 1
            with pytest.raises(QueueFullError) as caught:
                await made.fit(job())
            assert int(caught.value.headers["Retry-After"]) >= 1
            gate.open.set()
            await asyncio.gather(running, waiting)

    asyncio.run(main())


def test_past_its_deadline_a_waiting_job_is_dropped() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, deadline=0.05) as made:
            first = asyncio.create_task(made.fit(job(1)))
            await gate.busy()
            second = asyncio.create_task(made.fit(job(2)))
            for late in (first, second):
                with pytest.raises(DeadlineExceededError):
                    await late
            gate.open.set()
        assert gate.ran == [1]

    asyncio.run(main())


def test_a_failure_is_that_jobs_alone() -> None:
    def fragile(of: FitJob) -> FitOutcome:
        if of.steps == 13:
            raise RuntimeError("secret detail")
        return outcome(of)

    async def main() -> None:
        async with engine(fragile) as made:
            with pytest.raises(FitFailedError) as caught:
                await made.fit(job(13))
            assert "secret" not in caught.value.detail
            assert (await made.fit(job(1))).statuses == [PersonStatus.OK]

    asyncio.run(main())


def test_stopping_finishes_the_job_at_hand_and_turns_the_others_away() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate) as made:
            running = asyncio.create_task(made.fit(job()))
            await gate.busy()
            waiting = asyncio.create_task(made.fit(job()))
            await asyncio.sleep(0)
            stopping = asyncio.create_task(made.stop())
            with pytest.raises(UnavailableError):
                await waiting
            with pytest.raises(UnavailableError):
                await made.fit(job())
            gate.open.set()
            assert (await running).statuses == [PersonStatus.OK]
            await stopping
            # Stopping twice must do no harm: the context stops it again.

    asyncio.run(main())
