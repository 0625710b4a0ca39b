"""Performance profiles on numbers that can be followed by hand."""

import math

import pytest

from model.experiments.analytic.performance import LEAST, area, measures, profile, ratios

# Three problems; the second solver ends nowhere on the last.
ERRORS = {"a": [1.0, 4.0, 2.0], "b": [2.0, 1.0, math.nan], "c": [10.0, 10.0, 20.0]}


def test_measures_are_shares_of_the_worst() -> None:
    found = measures(ERRORS)
    assert found["a"] == pytest.approx([0.1, 0.4, 0.1])
    assert found["b"] == pytest.approx([0.2, 0.1, math.inf])
    assert found["c"] == [1.0, 1.0, 1.0]


def test_ratios_are_to_the_best() -> None:
    found = ratios(ERRORS)
    assert found["a"] == pytest.approx([1, 4, 1])
    assert found["b"] == pytest.approx([2, 1, math.inf])
    assert found["c"] == pytest.approx([10, 10, 10])


def test_the_profile_counts() -> None:
    found = ratios(ERRORS)
    assert profile(found["a"], [1, 2, 4]) == pytest.approx([2 / 3, 2 / 3, 1])
    assert profile(found["b"], [1, 2, 1e9]) == pytest.approx([1 / 3, 2 / 3, 2 / 3])


def test_the_area_is_that_of_the_steps() -> None:
    for of_solver in ratios(ERRORS).values():
        factors = [10 ** (6 * k / 20000) for k in range(20000)]
        assert area(of_solver) == pytest.approx(sum(profile(of_solver, factors)) / 20000, abs=1e-3)


def test_the_best_solver_has_the_full_area_and_a_failed_one_none() -> None:
    found = ratios({"best": [1.0, 1.0], "lost": [math.inf, math.nan], "worst": [2.0, 2.0]})
    assert area(found["best"]) == 1.0
    assert area(found["lost"]) == 0.0
    assert 0 < area(found["worst"]) < 1


def test_the_unit_of_a_problem_does_not_matter() -> None:
    scaled = {name: [7 * row[0], *row[1:]] for name, row in ERRORS.items()}
    assert ratios(scaled)["a"] == pytest.approx(ratios(ERRORS)["a"])


def test_below_the_least_all_are_alike() -> None:
    assert ratios({"a": [0.0], "b": [LEAST / 2], "c": [1.0]})["b"] == [1.0]
    assert ratios({"a": [0.0], "b": [0.0]}) == {"a": [1.0], "b": [1.0]}
    assert ratios({"a": [0.0], "b": [math.inf]}) == {"a": [1.0], "b": [math.inf]}
