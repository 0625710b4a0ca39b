"""Timings by a clock that the test turns."""

import pytest

from model.fit.fitter import Fitter
from service.bench.fits import ADAM, COMPILED, EAGER, L_BFGS, ways_to_fit
from service.bench.measure import FEWEST_ROUNDS, take_turns
from tests.service.conftest import make_served


class Clock:
    """Stands still but for what the ways take."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order = ""

    def __call__(self) -> float:
        return self.now

    def way(self, name: str, seconds: float) -> None:
        self.now += seconds
        self.order += name


@pytest.mark.parametrize(("seconds", "rounds"), [(0.0, FEWEST_ROUNDS), (30.0, 10)])
def test_ways_take_turns_for_the_time_given(seconds: float, rounds: int) -> None:
    clock = Clock()
    ways = {"a": lambda: clock.way("a", 1.0), "b": lambda: clock.way("b", 2.0)}
    a, b = take_turns(ways, 8, seconds, clock)
    assert clock.order == "aabb" + "ab" * rounds
    assert (a.rounds, a.median_ms, a.people_per_second) == (rounds, 1000.0, 8.0)
    assert (b.way, b.best_ms, b.people_per_second) == ("b", 2000.0, 4.0)
    assert (a.speedup, b.speedup) == (1.0, 0.5)


def test_spread_is_by_quartiles() -> None:
    clock = Clock()
    lengths = iter([9.0, 9.0, 1.0, 5.0, 2.0, 4.0, 3.0])
    (found,) = take_turns({"a": lambda: clock.way("a", next(lengths))}, 1, 0.0, clock)
    times = (found.best_ms, found.quarter_ms, found.median_ms, found.three_quarters_ms)
    assert times == (1000.0, 2000.0, 3000.0, 4000.0)


def test_every_way_fits() -> None:
    fitter: Fitter = make_served().fitter
    ways = ways_to_fit(fitter, 2)
    assert list(ways) == [EAGER, ADAM, L_BFGS]
    assert all(way() is not None for way in ways.values())
    compiled = fitter.with_backend(object())  # type: ignore[arg-type]
    assert list(ways_to_fit(compiled, 2)) == [EAGER, COMPILED, ADAM, L_BFGS]
