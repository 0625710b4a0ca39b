"""The bounded queue of jobs that wait for the device, first come, first served."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from service.engine.batching import Run
from service.engine.job import FitJob, FitOutcome


@dataclass(eq=False)
class QueuedJob:
    """A waiting job.

    Attributes:
        job: the people to fit.
        run: the function that fits them; only jobs with the same one share a batch.
        outcome: the future that the request awaits.
        since: time at which the job was queued, in the event loop's clock.
    """

    job: FitJob
    run: Run
    outcome: asyncio.Future[FitOutcome]
    since: float


class JobQueue:
    """A bounded queue that jobs may leave from any place.

    Args:
        max_requests: most jobs that may wait.
        max_people: most people that may wait; a single job may have more.
    """

    def __init__(self, max_requests: int, max_people: int) -> None:
        self._max_requests = max_requests
        self._max_people = max_people
        self._jobs: dict[QueuedJob, None] = {}
        self._changed = asyncio.Event()
        self._people = 0

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def people(self) -> int:
        """Number of waiting people."""
        return self._people

    @property
    def first(self) -> QueuedJob:
        """The oldest job; StopIteration if the queue is empty."""
        return next(iter(self._jobs))

    def has_room(self, people: int, share: float = 1.0) -> bool:
        """Return whether a job of so many people fits into the queue, or into the given share of it."""
        if not self._jobs:
            return True
        fits = self._people + people <= share * self._max_people
        return fits and len(self) + 1 <= share * self._max_requests

    def put(self, queued: QueuedJob) -> None:
        """Append a job."""
        self._jobs[queued] = None
        self._people += queued.job.people
        self._changed.set()

    def discard(self, queued: QueuedJob) -> None:
        """Remove a job if it still waits."""
        if queued in self._jobs:
            del self._jobs[queued]
            self._people -= queued.job.people
            self._changed.set()

    def take(self, max_people: int) -> list[QueuedJob]:
        """Remove and return the oldest job and others of its steps and model, up to so many people."""
        first = self.first
        taken = [first]
        people = first.job.people
        for queued in list(self._jobs)[1:]:
            if (queued.job.steps, queued.run) == (first.job.steps, first.run):
                people += queued.job.people
                if people > max_people:
                    break
                taken.append(queued)
        for queued in taken:
            self.discard(queued)
        return taken

    def wake(self) -> None:
        """Let all callers of `until` check their conditions again."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on the queue holds."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()
