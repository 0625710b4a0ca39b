"""Decisions of the engine: which jobs are admitted, how long a batch gathers, how large it is."""

import math
from dataclasses import dataclass

# A refused client should come back when about half of the queue is done, but not at once.
MIN_RETRY_SECONDS = 1

# Batches of fewer people are not halved for the event loop's sake: each costs the device more.
_MIN_HALF = 16

# Weight of the newest batch in the running estimate of seconds per person.
_NEWEST = 0.2


@dataclass(frozen=True)
class EngineLimits:
    """Bounds on the queue and on a batch.

    Attributes:
        queue_requests, queue_people: most jobs and most people that may wait.
        batch_people: most people in one batch, unless a single job has more.
        batch_wait: longest time that a job is held back for company, seconds.
        deadline: time within which a job must be done, seconds.
    """

    queue_requests: int
    queue_people: int
    batch_people: int
    batch_wait: float
    deadline: float


class BatchPolicy:
    """The engine's estimates of load and the decisions that follow from them.

    Args:
        limits: of the queue and of a batch.
    """

    def __init__(self, limits: EngineLimits) -> None:
        self.limits = limits
        self._last_jobs = 1
        self._last_people = 0
        self._seconds_per_person = 0.0

    def observe(self, jobs: int, people: int, seconds: float) -> None:
        """Learn from a finished batch of so many jobs and people that took so many seconds."""
        self._last_jobs, self._last_people = jobs, people
        newest = seconds / max(1, people)
        self._seconds_per_person += _NEWEST * (newest - self._seconds_per_person)

    def meets_deadline(self, waiting_people: int) -> bool:
        """Return whether a job behind so many people is likely to be done by the deadline.

        Reject now what would miss its deadline later; an empty queue always accepts.
        """
        return waiting_people * self._seconds_per_person <= self.limits.deadline

    def retry_seconds(self, waiting_people: int) -> int:
        """Return the seconds after which about half of the waiting people are done, at least one."""
        return max(MIN_RETRY_SECONDS, math.ceil(waiting_people / 2 * self._seconds_per_person))

    def is_gathered(self, waiting_jobs: int, waiting_people: int) -> bool:
        """Return whether a batch need not be held back any longer.

        The clients of the last batch are likely to send again at once, so a batch waits for as many jobs.
        """
        return waiting_jobs >= self._last_jobs or waiting_people >= self.limits.batch_people

    def batch_people(self, waiting_people: int, *, was_busy: bool) -> int:
        """Return the most people that the next batch takes.

        Of many people it takes half, so that the event loop answers the other half meanwhile. If the queue
        was not empty when the last batch ended, its people count too: their clients are about to return.
        """
        returning = self._last_people if was_busy else 0
        half = max(_MIN_HALF, math.ceil((waiting_people + returning) / 2))
        return min(half, self.limits.batch_people)
