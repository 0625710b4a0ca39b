"""The line before the device."""

import asyncio

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.engine.batching import Run
from service.engine.job import FitJob, FitOutcome
from service.engine.queue import Ticket, WaitingLine
from tests.service.gate import outcome


def ticket(people: int, steps: int, run: Run = outcome) -> Ticket:
    keypoints, nothing = np.zeros((people, 25, 3), np.float32), np.zeros((people, 0), np.float32)
    made = FitJob(keypoints, nothing, nothing, steps, np.zeros(people, np.bool_))
    return Ticket(made, run, asyncio.Future(loop=LOOP), 0.0)


def other(job: FitJob) -> FitOutcome:
    return outcome(job)


LOOP = asyncio.new_event_loop()
LOOP.close()

TICKETS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=12)


@given(TICKETS, st.integers(1, 8))
def test_everybody_is_taken_once_in_turn_with_their_like(sizes: list[tuple[int, int]], most: int) -> None:
    line = WaitingLine(99, 999)
    tickets = [ticket(*size) for size in sizes]
    for one in tickets:
        line.join(one)
    taken = []
    while len(line):
        first = line.first
        batch = line.take(most)
        assert batch[0] is first
        assert len({one.job.steps for one in batch}) == 1
        assert len(batch) == 1 or sum(one.job.people for one in batch) <= most
        taken += batch
    assert {id(one) for one in taken} == {id(one) for one in tickets}
    assert len(taken) == len(tickets)
    assert line.people == 0
    for steps in range(3):
        alike = [one for one in tickets if one.job.steps == steps]
        assert alike == [one for one in taken if one.job.steps == steps]


def test_a_batch_is_of_one_model() -> None:
    line = WaitingLine(9, 9)
    old, new, late = ticket(1, 4, outcome), ticket(1, 4, other), ticket(1, 4, outcome)
    for one in (old, new, late):
        line.join(one)
    assert line.take(9) == [old, late]
    assert line.take(9) == [new]


def test_room_is_by_requests_and_by_people() -> None:
    line = WaitingLine(3, 10)
    assert line.has_room(1000)  # rather than never
    first = ticket(8, 0)
    line.join(first)
    assert line.has_room(2)
    assert not line.has_room(3)
    assert not line.has_room(0, share=0.5)
    line.join(ticket(0, 0))
    line.join(ticket(0, 0))
    assert not line.has_room(0)
    line.leave(first)
    line.leave(first)
    assert line.people == 0
    assert line.has_room(10)
