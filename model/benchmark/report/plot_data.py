"""The numbers behind the plots: each a plain table that is written beside its picture."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from model.benchmark.report.bootstrap import mean_interval
from model.benchmark.report.summary import values_of
from model.benchmark.result import MethodCost, MethodScore

# Lower ends of the bins.
_SECTORS = 8
_MISSING = (0, 1, 3, 6, 10)

Series = dict[str, Any]
"""A line of a plot: `dataset`, `method`, people `fitted`, and lists of equal length: `x`, `y`, and of means
over bins `low`, `high` and `people`."""


def by_steps(scores: Sequence[MethodScore]) -> list[Series]:
    """Error of the iterates on the way."""
    return [
        _series(s, x=s.curve["iterations"], y=s.curve["pa_mpjpe_mm"])
        for s in scores
        if len(s.curve["iterations"]) > 1
    ]


def by_time(scores: Sequence[MethodScore], costs: Sequence[MethodCost]) -> list[Series]:
    """Error against processor seconds a person, in a batch where a method has one.

    The time of a whole fit was measured; what its parts take goes by their iterations.
    """
    seconds = {cost.method: cost.batched if cost.batched is not None else cost.alone for cost in costs}
    shown = []
    for score in scores:
        taken = np.array(score.curve["iterations"])
        share = taken / taken[-1] if taken[-1] > 0 else np.ones_like(taken)
        # The start of a fit is no fit yet, and a logarithm has no place for it.
        kept = share > 0
        times = (share * seconds[score.method])[kept].tolist()
        shown.append(_series(score, x=times, y=np.array(score.curve["pa_mpjpe_mm"])[kept].tolist()))
    return shown


def by_joint(scores: Sequence[MethodScore]) -> list[Series]:
    """Error of each joint after alignment."""
    return [_series(s, x=s.joint_names, y=s.by_joint) for s in scores]


def by_direction(scores: Sequence[MethodScore]) -> list[Series]:
    """Error by the side from which a person is seen: 0 the front, 90 the right, 180 the back."""
    return [_binned(s, [_sector(angle) for angle in s.direction], _sectors()) for s in scores]


def by_missing(scores: Sequence[MethodScore]) -> list[Series]:
    """Error by how many of the 25 keypoints are missing."""
    labels = [f"{a}" if b == a + 1 else f"{a}-{b - 1}" for a, b in pairwise(_MISSING)]
    labels.append(f"{_MISSING[-1]}+")
    return [
        _binned(s, [labels[int(np.searchsorted(_MISSING, n, side="right")) - 1] for n in s.missing], labels)
        for s in scores
    ]


def _sectors() -> list[str]:
    return [f"{round(360 / _SECTORS * k)}" for k in range(_SECTORS)]


def _sector(angle: float | None) -> str | None:
    """The nearest of the sectors' middles."""
    return None if angle is None else _sectors()[round(angle / (360 / _SECTORS)) % _SECTORS]


def _binned(score: MethodScore, bins: Sequence[str | None], labels: Sequence[str]) -> Series:
    """Mean, interval and number of people of each bin; empty bins are left out."""
    values, groups = values_of(score, "pa_mpjpe_mm"), np.array(score.group)
    rows = []
    for label in labels:
        inside = np.array([bin_ == label for bin_ in bins], dtype=bool)
        interval = mean_interval(values[inside], groups[inside])
        if interval is not None:
            rows.append((label, *interval, int(inside.sum())))
    columns = ("x", "y", "low", "high", "people")
    return _series(score, **{name: [row[k] for row in rows] for k, name in enumerate(columns)})


def _series(score: MethodScore, **lists: Any) -> Series:
    return {"dataset": score.dataset, "method": score.method, "fitted": len(score.people), **lists}
