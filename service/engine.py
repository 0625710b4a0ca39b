"""The engine: one thread that owns the device, and a bounded queue before it."""

import asyncio
import dataclasses
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from service.errors import DeadlineExceededError, FitFailedError, QueueFullError, UnavailableError
from service.fitting import FitJob, FitOutcome
from service.metrics import Metrics

_log = logging.getLogger(__name__)

# A client that is turned away comes back when about half of the queue is done, but not at once.
_SOONEST_RETRY_SECONDS = 1


@dataclass(eq=False)
class _Ticket:
    """A job that waits, and the future that its request awaits."""

    job: FitJob
    answer: asyncio.Future[FitOutcome]
    since: float = field(default_factory=time.perf_counter)


class Engine:
    """Runs jobs one after the other, away from the event loop.

    Args:
        run: fits a job; called in one thread only.
        queue_size: how many jobs may wait.
        deadline: seconds within which a job must be done.
        metrics: told of everything.
    """

    def __init__(
        self, run: Callable[[FitJob], FitOutcome], *, queue_size: int, deadline: float, metrics: Metrics
    ) -> None:
        self._run = run
        self._deadline = deadline
        self._metrics = metrics
        self._queue: asyncio.Queue[_Ticket | None] = asyncio.Queue(queue_size)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fit")
        self._worker: asyncio.Task[None] | None = None
        self._recent_seconds = 0.05
        self._stopping = False
        metrics.watch_queue(self._queue.qsize)

    @property
    def depth(self) -> int:
        """Jobs that wait."""
        return self._queue.qsize()

    async def start(self) -> None:
        """Begin to take jobs from the queue."""
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Finish the job at hand, turn the waiting ones away, give the thread back."""
        self._stopping = True
        while not self._queue.empty():
            ticket = self._queue.get_nowait()
            if ticket is not None and not ticket.answer.done():
                ticket.answer.set_exception(self._stopped())
        if self._worker is not None:
            self._queue.put_nowait(None)
            await self._worker
        await asyncio.to_thread(self._thread.shutdown)

    async def warm_up(self, job: FitJob) -> None:
        """Run a job that nobody waits for and no metric counts."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._run, job)

    async def fit(self, job: FitJob) -> FitOutcome:
        """Wait for a job's turn and its outcome.

        Raises:
            QueueFullError: too many wait already.
            DeadlineExceededError: it was not done in time.
            FitFailedError: the fit broke.
            UnavailableError: the service stops.
        """
        if self._stopping:
            raise self._stopped()
        ticket = _Ticket(job, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(ticket)
        except asyncio.QueueFull:
            self._metrics.rejected.labels("queue_full").inc()
            raise QueueFullError(
                f"{self._queue.maxsize} requests wait already; try again later.", self._retry_after()
            ) from None
        try:
            async with asyncio.timeout(self._deadline):
                return await ticket.answer
        except TimeoutError:
            self._metrics.rejected.labels("deadline").inc()
            raise DeadlineExceededError(f"The fit was not done within {self._deadline:g} s.") from None

    def _retry_after(self) -> int:
        """Seconds in which about half of the queue will be done, by the latest jobs."""
        return max(_SOONEST_RETRY_SECONDS, math.ceil(self._queue.qsize() / 2 * self._recent_seconds))

    def _stopped(self) -> UnavailableError:
        return UnavailableError("The service is stopping.", _SOONEST_RETRY_SECONDS)

    async def _work(self) -> None:
        while (ticket := await self._queue.get()) is not None:
            # The request may be gone: past its deadline, or its client hung up.
            if not ticket.answer.done():
                await self._serve(ticket)

    async def _serve(self, ticket: _Ticket) -> None:
        wait = time.perf_counter() - ticket.since
        self._metrics.queue_wait.observe(wait)
        start = time.perf_counter()
        try:
            outcome = await asyncio.get_running_loop().run_in_executor(self._thread, self._run, ticket.job)
        except Exception:
            _log.exception("A fit of %d people failed", len(ticket.job.keypoints))
            self._metrics.rejected.labels("failed").inc()
            if not ticket.answer.done():
                ticket.answer.set_exception(FitFailedError("The fit failed for a reason of its own."))
            return
        self._recent_seconds += 0.1 * (time.perf_counter() - start - self._recent_seconds)
        self._metrics.observe_fit(outcome)
        if not ticket.answer.done():
            ticket.answer.set_result(dataclasses.replace(outcome, seconds={"queue": wait, **outcome.seconds}))
