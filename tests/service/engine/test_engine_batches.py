"""The engine: shared batches, what is held back for them, and what breaks in them."""

import asyncio

from service.engine.job import FitJob, FitOutcome
from service.errors import FitFailedError
from tests.service.gate import LONG, Gate, behind, engine, job, marks, outcome


def test_what_waits_shares_a_batch_and_each_gets_their_own() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(batch_people=4) as made:
            jobs = [job(1, people=2), job(2), job(3, people=0), job(4), job(5, people=6), job(6)]
            outcomes = await behind(made, gate, *jobs)
        assert [marks(o) for o in outcomes] == [[1, 1], [2], [], [4], [5] * 6, [6]]
        assert gate.batches == [[0], [1, 1, 2, 4], [5] * 6, [6]]

    asyncio.run(main())


def test_only_equal_numbers_of_steps_share_and_the_first_goes_first() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(batch_people=9) as made:
            jobs = [job(1, steps=9), job(2), job(3, steps=9), job(4)]
            assert [marks(o) for o in await behind(made, gate, *jobs)] == [[1], [2], [3], [4]]
        assert gate.batches == [[0], [1, 3], [2, 4]]

    asyncio.run(main())


def test_alone_nobody_is_held_back_and_under_load_for_company_only() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(batch_people=9, batch_wait=LONG) as made:
            async with asyncio.timeout(LONG / 2):
                # The first goes at once, the second and third together; then two are expected.
                await behind(made, gate, job(1), job(2))
                third = asyncio.create_task(made.fit(job(3), gate))
                while made.depth == 0:
                    await asyncio.sleep(0)
                fourth = asyncio.create_task(made.fit(job(4), gate))
                await asyncio.gather(third, fourth)
        assert gate.batches == [[0], [1, 2], [3, 4]]

    asyncio.run(main())


def test_company_that_does_not_come_is_not_waited_for_twice() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(batch_people=9, batch_wait=0.01) as made:
            await behind(made, gate, job(1), job(2))
            await made.fit(job(3), gate)
        async with engine(batch_people=9, batch_wait=LONG) as made:
            async with asyncio.timeout(LONG / 2):
                await made.fit(job(4), gate)
                await made.fit(job(5), gate)
        assert gate.batches[2:] == [[3], [4], [5]]

    asyncio.run(main())


def test_of_many_people_half_are_fitted_while_the_other_half_are_answered() -> None:
    """Of 100 that come at once; then those that are on their way back count, too."""

    async def main() -> None:
        gate = Gate()
        async with engine(queue_requests=200, queue_people=200, batch_people=64) as made:
            await behind(made, gate, *map(job, range(1, 101)))
        # Half of those who wait and of the batch just answered: (100 + 1) / 2, then (49 + 51) / 2.
        assert [len(batch) for batch in gate.batches] == [1, 51, 49]
        gate = Gate()
        async with engine(queue_requests=200, queue_people=200, batch_people=30) as made:
            await behind(made, gate, *map(job, range(1, 101)))
        assert [len(batch) for batch in gate.batches] == [1, 30, 30, 30, 10]

    asyncio.run(main())


def test_a_few_people_are_not_parted() -> None:
    async def main() -> None:
        gate = Gate()
        async with engine(queue_requests=99, batch_people=64) as made:
            await behind(made, gate, *map(job, range(1, 21)))
        assert [len(batch) for batch in gate.batches] == [1, 16, 4]

    asyncio.run(main())


def test_a_failure_is_that_jobs_alone() -> None:
    """Also in a shared batch, and whichever of them it is."""
    gate = Gate()

    def fragile(of: FitJob) -> FitOutcome:
        if 13 in marks(outcome(of)):
            raise RuntimeError("secret detail")
        return gate(of)

    async def main() -> None:
        async with engine(batch_people=9) as made:
            first = asyncio.create_task(made.fit(job(), fragile))
            await gate.busy()
            tasks = [asyncio.create_task(made.fit(job(mark), fragile)) for mark in (1, 2, 13, 4, 5)]
            await asyncio.sleep(0)
            gate.open.set()
            await first
            results = await asyncio.gather(*tasks, return_exceptions=True)
        failure = results.pop(2)
        assert isinstance(failure, FitFailedError)
        assert "secret" not in failure.detail
        assert [marks(r) for r in results if isinstance(r, FitOutcome)] == [[1], [2], [4], [5]]

    asyncio.run(main())
