"""The engine: one thread that owns the device, and a bounded line before it, served in shared batches."""

import asyncio
import contextlib
import dataclasses
import functools
import logging
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from service.engine.batching import Run, run_together
from service.engine.job import FitJob, FitOutcome
from service.engine.queue import Ticket, WaitingLine
from service.errors import DeadlineExceededError, FitFailedError, QueueFullError, UnavailableError
from service.observability.metrics import Metrics

_log = logging.getLogger(__name__)

# A client that is turned away comes back when about half of the line is done, but not at once.
_SOONEST_RETRY_SECONDS = 1

# Jobs that can wait for a place leave the rest of the line to those that can't.
_PATIENT_SHARE = 0.5

# Batches of fewer people are not made smaller for the event loop's sake: each costs the device more.
_LEAST_HALF = 16


@dataclass(frozen=True)
class EngineLimits:
    """How much may wait, for how long, and how much is fitted at a time.

    Attributes:
        queue_requests, queue_people: how many may wait.
        batch_people: most people in one batch, unless a single job has more.
        batch_wait: most seconds that a job is held back for company.
        deadline: seconds within which a job must be done.
    """

    queue_requests: int
    queue_people: int
    batch_people: int
    batch_wait: float
    deadline: float


class Engine:
    """Runs batches one after the other, away from the event loop.

    A batch is taken from what waits when the device gets free. Alone, a job starts at once. After a batch of
    several, those that were just answered are likely to come back, so that the next is held back for a
    moment: until as many have come as last time, or `batch_wait` is over. Of many people a batch takes half,
    so that while it is fitted the event loop answers the other half and reads what they send next.

    Args:
        limits: of line and batch.
        metrics: told of everything.
    """

    def __init__(self, limits: EngineLimits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._line = WaitingLine(limits.queue_requests, limits.queue_people)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fit")
        self._worker: asyncio.Task[None] | None = None
        self._expected = 1
        self._fitted_last = 0
        self._seconds_per_person = 0.0
        self._stopping = False
        metrics.watch_queue(self._line.__len__)

    @property
    def depth(self) -> int:
        """Jobs that wait."""
        return len(self._line)

    async def start(self) -> None:
        """Begin to take jobs from the line."""
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Take no more jobs, finish those that wait, give the thread back."""
        self._stopping = True
        self._line.wake()
        if self._worker is not None:
            await self._worker
        await asyncio.to_thread(self._thread.shutdown)

    async def warm_up(self, job: FitJob, run: Run) -> FitOutcome:
        """Run a job that no request waits for and no metric counts, between two batches."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, run, job)

    async def fit(
        self, job: FitJob, run: Run, *, deadline: float | None = None, patient: bool = False
    ) -> FitOutcome:
        """Wait for a job's turn and its outcome. Cancelled, the job leaves the line.

        Args:
            job: what to fit.
            run: what fits it, called in one thread only; jobs of another never share its batch.
            deadline: seconds, where it is to be sooner than the engine's own.
            patient: wait for a place in the line rather than be turned away.

        Raises:
            QueueFullError: too many wait already.
            DeadlineExceededError: it was not done in time.
            FitFailedError: the fit broke.
            UnavailableError: the service stops.
        """
        if patient:
            await self._line.until(lambda: self._stopping or self._has_room(job.people, _PATIENT_SHARE))
        self.check_room(job.people)
        loop = asyncio.get_running_loop()
        ticket = Ticket(job, run, loop.create_future(), loop.time())
        self._line.join(ticket)
        try:
            return await self._answer(
                ticket, min(math.inf if deadline is None else deadline, self._limits.deadline)
            )
        finally:
            self._line.leave(ticket)

    def check_room(self, people: int = 1) -> None:
        """Whether a job of so many people would be taken now.

        Raises:
            QueueFullError: too many wait already, or for too long.
            UnavailableError: the service stops.
        """
        if self._stopping:
            raise UnavailableError("The service is stopping.", _SOONEST_RETRY_SECONDS)
        if not self._has_room(people):
            raise self._full()

    def _has_room(self, people: int, share: float = 1.0) -> bool:
        """Whether so many may join the line, or a share of it, and are likely to be done by the deadline.

        Who would be turned away then is turned away now. Where nobody waits, no estimate keeps anybody out.
        """
        in_time = self._line.people * self._seconds_per_person <= self._limits.deadline
        return in_time and self._line.has_room(people, share)

    async def _answer(self, ticket: Ticket, deadline: float) -> FitOutcome:
        try:
            async with asyncio.timeout(deadline):
                return await ticket.answer
        except TimeoutError:
            self._metrics.rejected.labels("deadline").inc()
            raise DeadlineExceededError(f"The fit was not done within {deadline:g} s.") from None
        except asyncio.CancelledError:
            self._metrics.rejected.labels("client_gone").inc()
            raise
        except FitFailedError as error:
            # Told here, where the log knows which request it is.
            _log.error("A fit of %d people failed", ticket.job.people, exc_info=error.__cause__)
            self._metrics.rejected.labels("failed").inc()
            raise

    def _full(self) -> QueueFullError:
        self._metrics.rejected.labels("queue_full").inc()
        return QueueFullError(
            f"{len(self._line)} requests with {self._line.people} people wait already; try again later.",
            max(_SOONEST_RETRY_SECONDS, math.ceil(self._line.people / 2 * self._seconds_per_person)),
        )

    async def _work(self) -> None:
        while True:
            # Who was answered before the device had a rest is back already, or gone.
            coming = self._fitted_last if len(self._line) else 0
            await self._line.until(lambda: self._stopping or len(self._line) > 0)
            if not len(self._line):
                return
            await self._gather()
            # All of them may have left meanwhile.
            if len(self._line):
                half = max(_LEAST_HALF, math.ceil((self._line.people + coming) / 2))
                await self._serve(self._line.take(min(half, self._limits.batch_people)))

    async def _gather(self) -> None:
        """Under load, hold the first job back for a moment."""

        def complete() -> bool:
            count, people = len(self._line), self._line.people
            enough = count >= self._expected or people >= self._limits.batch_people
            return self._stopping or not count or enough

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._line.first.since + self._limits.batch_wait):
                await self._line.until(complete)

    async def _serve(self, batch: list[Ticket]) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for ticket in batch:
            self._metrics.queue_wait.observe(start - ticket.since)
        jobs = [ticket.job for ticket in batch]
        counted = functools.partial(self._counted, batch[0].run)
        results = await loop.run_in_executor(self._thread, run_together, counted, jobs)
        self._expected = len(batch)
        self._fitted_last = sum(job.people for job in jobs)
        people = max(1, self._fitted_last)
        self._seconds_per_person += 0.2 * ((loop.time() - start) / people - self._seconds_per_person)
        for ticket, result in zip(batch, results, strict=True):
            if not ticket.answer.done():
                _deliver(ticket, result, start - ticket.since)

    def _counted(self, run: Run, job: FitJob) -> FitOutcome:
        outcome = run(job)
        self._metrics.observe_fit(outcome)
        return outcome


def _deliver(ticket: Ticket, result: FitOutcome | Exception, waited: float) -> None:
    if isinstance(result, Exception):
        error = FitFailedError("The fit failed for a reason of its own.")
        error.__cause__ = result
        ticket.answer.set_exception(error)
    else:
        seconds = {"queue": waited, **result.seconds}
        ticket.answer.set_result(dataclasses.replace(result, seconds=seconds))
