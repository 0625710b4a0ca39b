"""The engine: order, back-pressure, deadlines, hanging up, stopping."""

import asyncio
import threading

import pytest

from service.errors import DeadlineExceededError, QueueFullError, UnavailableError
from tests.service.gate import LONG, Gate, behind, engine, job, marks


def test_jobs_are_done_in_turn_by_one_thread_away_from_the_loop() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine() as made:
            outcomes = await behind(made, gate, *map(job, range(1, 8)))
        assert [marks(o) for o in outcomes] == [[i] for i in range(1, 8)]
        assert gate.batches == [[i] for i in range(8)]
        assert all(o.seconds["queue"] >= 0 for o in outcomes)
        assert len(gate.threads) == 1
        assert threading.get_ident() not in gate.threads

    asyncio.run(main())


@pytest.mark.parametrize("limits", [{"queue_requests": 1}, {"queue_people": 2}])
def test_a_full_line_turns_away_at_once(limits: dict[str, int]) -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(**limits) as made:
            running = asyncio.create_task(made.fit(job(), gate))
            await gate.busy()
            waiting = asyncio.create_task(made.fit(job(people=2), gate))
            await asyncio.sleep(0)
            assert made.depth == 1
            with pytest.raises(QueueFullError) as caught:
                await made.fit(job(), gate)
            assert int(caught.value.headers["Retry-After"]) >= 1
            gate.open.set()
            await asyncio.gather(running, waiting)

    asyncio.run(main())


def test_who_would_be_too_late_is_turned_away_at_once() -> None:
    async def main() -> None:
        gate = Gate()
        deadline = 2.0
        async with engine(deadline=deadline) as made:
            slow = asyncio.create_task(made.fit(job(), gate))
            await asyncio.sleep(deadline / 2)
            gate.open.set()
            await slow
            gate.open.clear()
            gate.entered.clear()
            running = asyncio.create_task(made.fit(job(), gate))
            await gate.busy()
            # A batch moves the estimate a fifth of the way, to a tenth of the deadline a person.
            waiting = asyncio.create_task(made.fit(job(people=11), gate))
            await asyncio.sleep(0)
            with pytest.raises(QueueFullError):
                made.check_room()
            gate.open.set()
            await asyncio.gather(running, waiting)
            made.check_room()

    asyncio.run(main())


def test_the_patient_wait_for_a_place_and_leave_half_the_line_to_others() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(queue_requests=4) as made:
            running = asyncio.create_task(made.fit(job(), gate))
            await gate.busy()
            patient = [asyncio.create_task(made.fit(job(i), gate, patient=True)) for i in range(1, 9)]
            await asyncio.sleep(0)
            assert made.depth == 2
            others = [asyncio.create_task(made.fit(job(i), gate)) for i in (100, 101)]
            await asyncio.sleep(0)
            with pytest.raises(QueueFullError):
                await made.fit(job(), gate)
            gate.open.set()
            await asyncio.gather(running, *patient, *others)
        assert sorted(gate.batches) == [[i] for i in (*range(9), 100, 101)]
        assert gate.batches.index([100]) < gate.batches.index([8])

    asyncio.run(main())


def test_who_hangs_up_leaves_the_line() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine() as made:
            running = asyncio.create_task(made.fit(job(), gate))
            await gate.busy()
            gone, staying = (asyncio.create_task(made.fit(job(i), gate)) for i in (1, 2))
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
        async with engine(deadline=own) as made:
            first = asyncio.create_task(made.fit(job(1), gate, deadline=asked))
            await asyncio.sleep(0)
            second = asyncio.create_task(made.fit(job(2), gate, deadline=asked))
            for late in (first, second):
                with pytest.raises(DeadlineExceededError):
                    await late
            assert made.depth == 0
            gate.open.set()
        assert [2] not in gate.batches

    asyncio.run(main())


def test_stopping_finishes_what_was_taken_and_takes_no_more() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine() as made:
            taken = [asyncio.create_task(made.fit(job(i), gate)) for i in range(3)]
            await gate.busy()
            stopping = asyncio.create_task(made.stop())
            await asyncio.sleep(0)
            for patient in (False, True):
                with pytest.raises(UnavailableError):
                    await made.fit(job(), gate, patient=patient)
            gate.open.set()
            assert [marks(o) for o in await asyncio.gather(*taken)] == [[0], [1], [2]]
            await stopping
            # Stopping twice must do no harm: the context stops it again.

    asyncio.run(main())
