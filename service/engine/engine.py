"""The engine: one thread that owns the device, and a bounded queue in front of it."""

import asyncio
import contextlib
import dataclasses
import functools
import logging
import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from model.status import PersonStatus
from service.engine.batching import Run, run_together
from service.engine.job import FitJob, FitOutcome
from service.engine.policy import MIN_RETRY_SECONDS, BatchPolicy, EngineLimits
from service.engine.queue import JobQueue, QueuedJob
from service.errors import DeadlineExceededError, FitFailedError, QueueFullError, UnavailableError
from service.observability.metrics import Metrics

_log = logging.getLogger(__name__)

# Jobs that can wait for a place leave the rest of the queue to those that can't.
_PATIENT_SHARE = 0.5


class Engine:
    """Runs batches one after the other in a thread, away from the event loop.

    A batch is taken from the queue as soon as the device is free. A lone job starts at once. After a batch
    of several jobs, the next one is held back for a moment, since the clients that were just answered are
    likely to send again: until as many jobs wait as last time, or `batch_wait` is over (see `BatchPolicy`).

    Args:
        limits: of the queue and of a batch.
        metrics: counts and times every job.
    """

    def __init__(self, limits: EngineLimits, metrics: Metrics) -> None:
        self._limits = limits
        self._policy = BatchPolicy(limits)
        self._metrics = metrics
        self._queue = JobQueue(limits.queue_requests, limits.queue_people)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fit")
        self._worker: asyncio.Task[None] | None = None
        self._stopping = False
        metrics.watch_queue(self._queue.__len__)

    @property
    def depth(self) -> int:
        """Number of waiting jobs."""
        return len(self._queue)

    async def start(self) -> None:
        """Start taking jobs from the queue."""
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Accept no more jobs, finish those that wait, and end the thread."""
        self._stopping = True
        self._queue.wake()
        if self._worker is not None:
            await self._worker
        await asyncio.to_thread(self._thread.shutdown)

    async def warm_up(self, job: FitJob, run: Run) -> FitOutcome:
        """Run a job between two batches, outside of queue and metrics."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, run, job)

    async def fit(
        self, job: FitJob, run: Run, *, deadline: float | None = None, patient: bool = False
    ) -> FitOutcome:
        """Queue a job and wait for its outcome. A cancelled job leaves the queue.

        Args:
            job: the people to fit.
            run: fits them, called in one thread only; jobs of another `run` never share their batch.
            deadline: seconds, if shorter than the engine's own.
            patient: wait for a place in the queue instead of being refused.

        Raises:
            QueueFullError: too many jobs wait already.
            DeadlineExceededError: the job was not done in time.
            FitFailedError: the fit raised an error.
            UnavailableError: the service is stopping.
        """
        if patient:
            await self._queue.until(lambda: self._stopping or self._has_room(job.people, _PATIENT_SHARE))
        self.check_room(job.people)
        loop = asyncio.get_running_loop()
        queued = QueuedJob(job, run, loop.create_future(), loop.time())
        self._queue.put(queued)
        try:
            return await self._outcome(
                queued, min(math.inf if deadline is None else deadline, self._limits.deadline)
            )
        finally:
            self._queue.discard(queued)

    def check_room(self, people: int = 1) -> None:
        """Raise an error if a job of so many people would be refused now.

        Raises:
            QueueFullError: too many jobs wait already, or for too long.
            UnavailableError: the service is stopping.
        """
        if self._stopping:
            raise UnavailableError("The service is stopping.", MIN_RETRY_SECONDS)
        if not self._has_room(people):
            self._metrics.rejected.labels("queue_full").inc()
            raise QueueFullError(
                f"{len(self._queue)} requests with {self._queue.people} people are waiting; try again later.",
                self._policy.retry_seconds(self._queue.people),
            )

    def _has_room(self, people: int, share: float = 1.0) -> bool:
        return self._policy.meets_deadline(self._queue.people) and self._queue.has_room(people, share)

    async def _outcome(self, queued: QueuedJob, deadline: float) -> FitOutcome:
        try:
            async with asyncio.timeout(deadline):
                return await queued.outcome
        except TimeoutError:
            self._metrics.rejected.labels("deadline").inc()
            raise DeadlineExceededError(f"The fit was not done within {deadline:g} s.") from None
        except asyncio.CancelledError:
            self._metrics.rejected.labels("client_gone").inc()
            raise
        except FitFailedError as error:
            # Logged here, where the log record carries the request's ID.
            _log.error("A fit of %d people failed", queued.job.people, exc_info=error.__cause__)
            self._metrics.rejected.labels("failed").inc()
            raise

    async def _work(self) -> None:
        while True:
            # Clients answered while the queue was empty have either sent again by now or gone.
            was_busy = len(self._queue) > 0
            await self._queue.until(lambda: self._stopping or len(self._queue) > 0)
            if not len(self._queue):
                return
            await self._gather()
            # All of them may have left meanwhile.
            if len(self._queue):
                people = self._policy.batch_people(self._queue.people, was_busy=was_busy)
                await self._run_batch(self._queue.take(people))

    async def _gather(self) -> None:
        """Hold the first job back until its batch is complete or `batch_wait` is over."""

        def complete() -> bool:
            waiting = len(self._queue)
            gathered = self._policy.is_gathered(waiting, self._queue.people)
            return self._stopping or not waiting or gathered

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._queue.first.since + self._limits.batch_wait):
                await self._queue.until(complete)

    async def _run_batch(self, batch: list[QueuedJob]) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for queued in batch:
            self._metrics.queue_wait.observe(start - queued.since)
        jobs = [queued.job for queued in batch]
        measured = functools.partial(self._measured, batch[0].run)
        results = await loop.run_in_executor(self._thread, run_together, measured, jobs)
        self._policy.observe(len(batch), sum(job.people for job in jobs), loop.time() - start)
        for queued, result in zip(batch, results, strict=True):
            if not queued.outcome.done():
                _deliver(queued, result, start - queued.since)

    def _measured(self, run: Run, job: FitJob) -> FitOutcome:
        outcome = run(job)
        observe_fit(self._metrics, outcome)
        return outcome


def observe_fit(metrics: Metrics, outcome: FitOutcome) -> None:
    """Count one batch and its people."""
    metrics.fit_seconds.observe(outcome.seconds["fit"] + outcome.seconds["mesh"])
    metrics.batch_size.observe(len(outcome.statuses))
    for status, people in Counter(outcome.statuses).items():
        metrics.people.labels(status.value).inc(people)
    metrics.false_detections.inc(int(outcome.left_out.sum()))
    metrics.exchanged.inc(int(outcome.exchanged.any(1).sum()))
    for status, ratio in zip(outcome.statuses, outcome.residual_ratio.tolist(), strict=True):
        if status is PersonStatus.OK:
            metrics.reprojection.observe(ratio)


def _deliver(queued: QueuedJob, result: FitOutcome | Exception, waited: float) -> None:
    if isinstance(result, Exception):
        error = FitFailedError("The fit failed unexpectedly.")
        error.__cause__ = result
        queued.outcome.set_exception(error)
    else:
        seconds = {"queue": waited, **result.seconds}
        queued.outcome.set_result(dataclasses.replace(result, seconds=seconds))
