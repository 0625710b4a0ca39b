"""The bounded queue in front of the device."""

import asyncio

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.engine.batching import Run
from service.engine.job import FitJob, FitOutcome
from service.engine.queue import JobQueue, QueuedJob
from tests.service.gate import outcome


def queued(people: int, steps: int, run: Run = outcome) -> QueuedJob:
    keypoints, nothing = np.zeros((people, 25, 3), np.float32), np.zeros((people, 0), np.float32)
    made = FitJob(keypoints, nothing, nothing, steps, np.zeros(people, np.bool_))
    return QueuedJob(made, run, asyncio.Future(loop=LOOP), 0.0)


def other(job: FitJob) -> FitOutcome:
    return outcome(job)


LOOP = asyncio.new_event_loop()
LOOP.close()

SIZES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=12)


@given(SIZES, st.integers(1, 8))
def test_each_job_is_taken_once_in_order_with_jobs_of_equal_steps(
    sizes: list[tuple[int, int]], max_people: int
) -> None:
    queue = JobQueue(99, 999)
    jobs = [queued(*size) for size in sizes]
    for one in jobs:
        queue.put(one)
    taken = []
    while len(queue):
        first = queue.first
        batch = queue.take(max_people)
        assert batch[0] is first
        assert len({one.job.steps for one in batch}) == 1
        assert len(batch) == 1 or sum(one.job.people for one in batch) <= max_people
        taken += batch
    assert {id(one) for one in taken} == {id(one) for one in jobs}
    assert len(taken) == len(jobs)
    assert queue.people == 0
    for steps in range(3):
        alike = [one for one in jobs if one.job.steps == steps]
        assert alike == [one for one in taken if one.job.steps == steps]


def test_a_batch_has_one_model() -> None:
    queue = JobQueue(9, 9)
    old, new, late = queued(1, 4, outcome), queued(1, 4, other), queued(1, 4, outcome)
    for one in (old, new, late):
        queue.put(one)
    assert queue.take(9) == [old, late]
    assert queue.take(9) == [new]


def test_room_is_limited_by_requests_and_by_people() -> None:
    queue = JobQueue(3, 10)
    assert queue.has_room(1000)  # rather than never
    first = queued(8, 0)
    queue.put(first)
    assert queue.has_room(2)
    assert not queue.has_room(3)
    assert not queue.has_room(0, share=0.5)
    queue.put(queued(0, 0))
    queue.put(queued(0, 0))
    assert not queue.has_room(0)
    queue.discard(first)
    queue.discard(first)
    assert queue.people == 0
    assert queue.has_room(10)
