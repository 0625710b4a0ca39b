"""Confidence intervals by drawing people again, with replacement."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_DRAWS = 2000
_TAILS = (2.5, 97.5)

Numbers = NDArray[np.float64]


class Interval(NamedTuple):
    """A mean and the 95 % interval of it, percentiles of the bootstrap's means."""

    mean: float
    low: float
    high: float


def mean_interval(values: Numbers, groups: NDArray[np.int64], seed: int = 0) -> Interval | None:
    """Return the mean of values (N,) with its interval; None if all are NaN.

    Args:
        values: NaN counts as absent.
        groups: (N,) values that depend on each other share a number: groups are drawn, not values.
        seed: of the draws.
    """
    known = np.isfinite(values)
    if not known.any():
        return None
    _, of = np.unique(groups[known], return_inverse=True)
    sums, counts = np.bincount(of, values[known]), np.bincount(of)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (_DRAWS, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, _TAILS)
    return Interval(float(values[known].mean()), float(low), float(high))
