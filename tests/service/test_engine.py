"""The engine: order, shared batches, back-pressure, deadlines, failures."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from service.engine import Engine, EngineLimits
from service.errors import DeadlineExceededError, FitFailedError, QueueFullError, UnavailableError
from service.fitting import FitJob, FitOutcome
from service.metrics import Metrics
from service.schemas.answer import PersonStatus

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
    statuses = [PersonStatus.OK] * of.people
    return FitOutcome(statuses, [""] * of.people, {"mark": marks}, {}, marks, seconds)


def marks(of: FitOutcome) -> list[float]:
    found: list[float] = of.arrays["mark"].tolist()
    return found


@asynccontextmanager
async def engine(run: Callable[[FitJob], FitOutcome], **limits: Any) -> AsyncIterator[Engine]:
    usual = {"queue_requests": 9, "queue_people": 99, "batch_people": 1, "batch_wait": 0.0, "deadline": LONG}
    made = Engine(run, EngineLimits(**(usual | limits)), Metrics())
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
    first = asyncio.create_task(made.fit(job()))
    await gate.busy()
    others = [asyncio.create_task(made.fit(one)) for one in jobs]
    await asyncio.sleep(0)
    assert made.depth == len(jobs)
    gate.open.set()
    await first
    return await asyncio.gather(*others)


def test_jobs_are_done_in_turn_by_one_thread_away_from_the_loop() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate) as made:
            outcomes = await behind(made, gate, *map(job, range(1, 8)))
        assert [marks(o) for o in outcomes] == [[i] for i in range(1, 8)]
        assert gate.batches == [[i] for i in range(8)]
        assert all(o.seconds["queue"] >= 0 for o in outcomes)
        assert len(gate.threads) == 1
        assert threading.get_ident() not in gate.threads

    asyncio.run(main())


def test_what_waits_shares_a_batch_and_each_gets_their_own() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, batch_people=4) as made:
            jobs = [job(1, people=2), job(2), job(3, people=0), job(4), job(5, people=6), job(6)]
            outcomes = await behind(made, gate, *jobs)
        assert [marks(o) for o in outcomes] == [[1, 1], [2], [], [4], [5] * 6, [6]]
        assert gate.batches == [[0], [1, 1, 2, 4], [5] * 6, [6]]

    asyncio.run(main())


def test_only_equal_numbers_of_steps_share_and_the_first_goes_first() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, batch_people=9) as made:
            jobs = [job(1, steps=9), job(2), job(3, steps=9), job(4)]
            assert [marks(o) for o in await behind(made, gate, *jobs)] == [[1], [2], [3], [4]]
        assert gate.batches == [[0], [1, 3], [2, 4]]

    asyncio.run(main())


def test_alone_nobody_is_held_back_and_under_load_for_company_only() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, batch_people=9, batch_wait=LONG) as made:
            async with asyncio.timeout(LONG / 2):
                # The first goes at once, the second and third together; then two are expected.
                await behind(made, gate, job(1), job(2))
                third = asyncio.create_task(made.fit(job(3)))
                while made.depth == 0:
                    await asyncio.sleep(0)
                fourth = asyncio.create_task(made.fit(job(4)))
                await asyncio.gather(third, fourth)
        assert gate.batches == [[0], [1, 2], [3, 4]]

    asyncio.run(main())


def test_company_that_does_not_come_is_not_waited_for_twice() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, batch_people=9, batch_wait=0.01) as made:
            await behind(made, gate, job(1), job(2))
            await made.fit(job(3))
        async with engine(gate, batch_people=9, batch_wait=LONG) as made:
            async with asyncio.timeout(LONG / 2):
                await made.fit(job(4))
                await made.fit(job(5))
        assert gate.batches[2:] == [[3], [4], [5]]

    asyncio.run(main())


@pytest.mark.parametrize("limits", [{"queue_requests": 1}, {"queue_people": 2}])
def test_a_full_line_turns_away_at_once(limits: dict[str, int]) -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, **limits) as made:
            running = asyncio.create_task(made.fit(job()))
            await gate.busy()
            waiting = asyncio.create_task(made.fit(job(people=2)))
            await asyncio.sleep(0)
            assert made.depth == 1
            with pytest.raises(QueueFullError) as caught:
                await made.fit(job())
            assert int(caught.value.headers["Retry-After"]) >= 1
            gate.open.set()
            await asyncio.gather(running, waiting)

    asyncio.run(main())


def test_the_patient_wait_for_a_place_and_leave_half_the_line_to_others() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, queue_requests=4) as made:
            running = asyncio.create_task(made.fit(job()))
            await gate.busy()
            patient = [asyncio.create_task(made.fit(job(i), patient=True)) for i in range(1, 9)]
            await asyncio.sleep(0)
            assert made.depth == 2
            others = [asyncio.create_task(made.fit(job(i))) for i in (100, 101)]
            await asyncio.sleep(0)
            with pytest.raises(QueueFullError):
                await made.fit(job())
            gate.open.set()
            await asyncio.gather(running, *patient, *others)
        assert sorted(gate.batches) == [[i] for i in (*range(9), 100, 101)]
        assert gate.batches.index([100]) < gate.batches.index([8])

    asyncio.run(main())


def test_who_hangs_up_leaves_the_line() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate) as made:
            running = asyncio.create_task(made.fit(job()))
            await gate.busy()
            gone, staying = (asyncio.create_task(made.fit(job(i))) for i in (1, 2))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            assert made.depth == 1
            gate.open.set()
            await asyncio.gather(running, staying)
        assert gate.batches == [[0], [2]]

    asyncio.run(main())


@pytest.mark.parametrize(("own", "asked"), [(0.05, None), (LONG, 0.05), (0.05, LONG), (LONG, 0.0)])
def test_past_its_deadline_a_waiting_job_is_dropped(own: float, asked: float | None) -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate, deadline=own) as made:
            first = asyncio.create_task(made.fit(job(1), deadline=asked))
            await asyncio.sleep(0)
            second = asyncio.create_task(made.fit(job(2), deadline=asked))
            for late in (first, second):
                with pytest.raises(DeadlineExceededError):
                    await late
            assert made.depth == 0
            gate.open.set()
        assert [2] not in gate.batches

    asyncio.run(main())


def test_a_failure_is_that_jobs_alone() -> None:
    """Also in a shared batch, and whichever of them it is."""
    gate = Gate()

    def fragile(of: FitJob) -> FitOutcome:
        if 13 in marks(outcome(of)):
            raise RuntimeError("secret detail")
        return gate(of)

    async def main() -> None:
        async with engine(fragile, batch_people=9) as made:
            first = asyncio.create_task(made.fit(job()))
            await gate.busy()
            tasks = [asyncio.create_task(made.fit(job(mark))) for mark in (1, 2, 13, 4, 5)]
            await asyncio.sleep(0)
            gate.open.set()
            await first
            results = await asyncio.gather(*tasks, return_exceptions=True)
        failure = results.pop(2)
        assert isinstance(failure, FitFailedError)
        assert "secret" not in failure.detail
        assert [marks(r) for r in results if isinstance(r, FitOutcome)] == [[1], [2], [4], [5]]

    asyncio.run(main())


def test_stopping_finishes_what_was_taken_and_takes_no_more() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(gate) as made:
            taken = [asyncio.create_task(made.fit(job(i))) for i in range(3)]
            await gate.busy()
            stopping = asyncio.create_task(made.stop())
            await asyncio.sleep(0)
            for patient in (False, True):
                with pytest.raises(UnavailableError):
                    await made.fit(job(), patient=patient)
            gate.open.set()
            assert [marks(o) for o in await asyncio.gather(*taken)] == [[0], [1], [2]]
            await stopping
            # Stopping twice must do no harm: the context stops it again.

    asyncio.run(main())
