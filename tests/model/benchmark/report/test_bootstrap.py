"""Intervals of means by drawing again."""

import numpy as np
import pytest

from model.benchmark.report.bootstrap import mean_interval

VALUES = np.random.default_rng(0).normal(50, 10, 200)


def test_the_interval_is_that_of_the_normal_distribution() -> None:
    found = mean_interval(VALUES, np.arange(200))
    assert found is not None
    half = 1.96 * VALUES.std() / np.sqrt(200)
    assert found.mean == pytest.approx(VALUES.mean())
    assert (found.low, found.high) == pytest.approx((found.mean - half, found.mean + half), abs=0.2)


def test_the_same_person_many_times_is_no_evidence() -> None:
    once = mean_interval(VALUES[:20], np.arange(20))
    often = mean_interval(np.tile(VALUES[:20], 30), np.tile(np.arange(20), 30))
    assert once == pytest.approx(often)


def test_missing_numbers_are_left_out() -> None:
    with_holes = np.where(np.arange(200) % 2, np.nan, VALUES)
    found = mean_interval(with_holes, np.arange(200))
    assert found == mean_interval(VALUES[::2], np.arange(0, 200, 2))
    assert mean_interval(np.full(3, np.nan), np.arange(3)) is None
    assert mean_interval(np.zeros(0), np.zeros(0, dtype=np.int64)) is None


def test_it_is_repeatable_and_moves_with_the_values() -> None:
    first, again = (mean_interval(VALUES, np.arange(200)) for _ in range(2))
    shifted = mean_interval(VALUES + 7, np.arange(200))
    assert first == again
    assert shifted == pytest.approx(tuple(value + 7 for value in first or ()))
