"""Batched fits of many files: read some, fit all their people together, write their answers."""

import functools
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from model.keypoints.input_warnings import InputWarning, InputWarnings
from model.keypoints.layouts import Layout
from model.weights import ServedModel
from service.engine.batching import run_together
from service.engine.job import FitOutcome
from service.engine.run import run_job
from service.errors import ServiceError
from service.exchange import Exchange
from service.files.ledger import Ledger, Standing
from service.files.plan import Task
from service.files.report import Report
from service.media import MediaType
from service.response.answer import Answer

# Size of a batch: larger ones gain no speed, and only one is in memory at a time.
_BATCH_PEOPLE = 64
_BATCH_FILES = 64


class _Read(NamedTuple):
    """A file that was read and checked."""

    task: Task
    sha256: str
    exchange: Exchange


class FileFitter:
    """Batched fitter of files.

    Args:
        served: the model.
        media: format of the answers.
        ledger: ledger of the answers' folder; None: overwrite existing files.
        force: overwrite existing files in spite of the ledger.
        layout: layout of files that name none; None: inferred from the number of keypoints.
        progress: called with the number of files that were just finished.
    """

    def __init__(
        self,
        served: ServedModel,
        media: MediaType,
        *,
        ledger: Ledger | None = None,
        force: bool = False,
        layout: Layout | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._served = served
        self._media = media
        self._ledger = ledger
        self._force = force
        self._layout = layout
        self._progress = progress
        self.report = Report()

    def run(self, tasks: Iterable[Task]) -> Report:
        """Fit all tasks. If interrupted, written answers stay and are in the ledger."""
        batch: list[_Read] = []
        for task in tasks:
            read = self._read(task)
            if read is None:
                self._progress(1)
                continue
            batch.append(read)
            if sum(one.exchange.job.people for one in batch) >= _BATCH_PEOPLE or len(batch) >= _BATCH_FILES:
                self._fit(batch)
                batch = []
        self._fit(batch)
        return self.report

    def _read(self, task: Task) -> _Read | None:
        """Return a file to be fitted; None if it is done already or can't be fitted."""
        try:
            data = task.source.read_bytes()
            # Another layout makes another input, so that its old answer is out of date.
            sha256 = hashlib.sha256(data + (self._layout or "").encode()).hexdigest()
            if self._is_settled(task, sha256):
                return None
            exchange = Exchange.read(data, self._served, self._media, default_layout=self._layout)
            return _Read(task, sha256, exchange)
        except (ServiceError, OSError) as error:
            self._problem(task, error)
            return None

    def _is_settled(self, task: Task, sha256: str) -> bool:
        """Return whether an existing file stays, and report it."""
        if self._ledger is None or self._force:
            return False
        standing = self._ledger.standing(task.target, sha256)
        if standing is Standing.DONE:
            self.report.skipped += 1
        elif standing is not Standing.MISSING:
            self.report.problems.append((task.source, f"{task.target} {standing}"))
        return standing is not Standing.MISSING

    def _fit(self, batch: list[_Read]) -> None:
        run = functools.partial(run_job, self._served.fitter)
        for steps in {read.exchange.job.steps for read in batch}:
            alike = [read for read in batch if read.exchange.job.steps == steps]
            results = run_together(run, [read.exchange.job for read in alike])
            written = [read for read, result in zip(alike, results, strict=True) if self._write(read, result)]
            if self._ledger is not None:
                self._ledger.add({read.task.target: read.sha256 for read in written})
        self._progress(len(batch))

    def _write(self, read: _Read, result: FitOutcome | Exception) -> bool:
        try:
            if isinstance(result, Exception):
                raise ServiceError(f"The fit failed: {result!r}.")
            answer = read.exchange.answer(result)
            _replace(read.task.target, read.exchange.encode(answer))
        except (ServiceError, OSError) as error:
            self._problem(read.task, error)
            return False
        self.report.files += 1
        self.report.people += len(answer.fitted)
        self.report.warnings.add(read.task.source, [*answer.input_warnings, *_unfitted(answer)])
        return True

    def _problem(self, task: Task, error: Exception) -> None:
        self.report.problems.append((task.source, str(error)))


def _unfitted(answer: Answer) -> list[InputWarning]:
    """Return warnings about the people that were not fitted, with the reason."""
    input_warnings = InputWarnings()
    for person in answer.people:
        if person.fit is None:
            input_warnings.add(f"Not fitted: {person.message}", [person.index])
    return input_warnings.all()


def _replace(target: Path, content: bytes) -> None:
    """Write a file; readers find the old content or the new one.

    Unlike `model.atomic_write`, this skips fsync, which takes 0.2 to 1.9 ms, about as long as the fit of a
    person in a batch (0.5 ms). An answer cut short by a loss of power needs --force.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    os.replace(part, target)
