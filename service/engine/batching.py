"""Merging the jobs of many requests into one batch, and splitting its outcome again."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

from service.engine.job import FitJob, FitOutcome

Run = Callable[[FitJob], FitOutcome]


def merge(jobs: Sequence[FitJob]) -> FitJob:
    """Return one job of all people, in order; ValueError unless all jobs have the same number of steps."""
    (steps,) = {job.steps for job in jobs}
    rows = (
        np.concatenate([getattr(job, name) for job in jobs])
        for name in ("keypoints", "cameras", "betas", "mesh")
    )
    keypoints, cameras, betas, mesh = rows
    return FitJob(keypoints, cameras, betas, steps, mesh)


def split(outcome: FitOutcome, sizes: Sequence[int]) -> list[FitOutcome]:
    """Return the outcome of each job of a batch.

    Args:
        outcome: of the batch.
        sizes: number of people of each job, in the batch's order.
    """
    ends = list(accumulate(sizes))
    return [_rows(outcome, end - size, end) for size, end in zip(sizes, ends, strict=True)]


def _rows(outcome: FitOutcome, first: int, end: int) -> FitOutcome:
    return FitOutcome(
        statuses=outcome.statuses[first:end],
        messages=outcome.messages[first:end],
        arrays={name: array[first:end] for name, array in outcome.arrays.items()},
        vertices={i - first: outcome.vertices[i] for i in range(first, end) if i in outcome.vertices},
        used=outcome.used[first:end],
        left_out=outcome.left_out[first:end],
        exchanged=outcome.exchanged[first:end],
        residual_ratio=outcome.residual_ratio[first:end],
        farthest_ratio=outcome.farthest_ratio[first:end],
        seconds=outcome.seconds,
    )


def run_together(run: Run, jobs: Sequence[FitJob]) -> list[FitOutcome | Exception]:
    """Fit jobs of equal steps as one batch and return the outcome of each.

    A batch that raises an error is fitted in halves, so that in the end only the job that fails alone has an
    exception in place of its outcome (and a batch too large for the device's memory is done in smaller ones).
    """
    try:
        outcome = run(merge(jobs))
    except Exception as error:
        if len(jobs) == 1:
            return [error]
        middle = len(jobs) // 2
        return [*run_together(run, jobs[:middle]), *run_together(run, jobs[middle:])]
    return [*split(outcome, [job.people for job in jobs])]
