"""Times of several ways to do the same, run in turns, so that other load falls on all alike."""

import time
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from typing import NamedTuple

FEWEST_ROUNDS = 5


class Timing(NamedTuple):
    """Times of one way with one batch.

    Attributes:
        way: its name.
        people: in the batch.
        rounds: how often it was run.
        best_ms, quarter_ms, median_ms, three_quarters_ms: of the rounds, milliseconds a batch.
        people_per_second: by the median.
        speedup: median over the rounds of the first way's time by this one's in the same round.
    """

    way: str
    people: int
    rounds: int
    best_ms: float
    quarter_ms: float
    median_ms: float
    three_quarters_ms: float
    people_per_second: float
    speedup: float


def take_turns(
    ways: Mapping[str, Callable[[], object]],
    people: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Timing]:
    """Run each way twice to warm up, then all in turns.

    Args:
        ways: what to run, by name.
        people: how many each fits.
        seconds: total time; at least five rounds are run.
        clock: in seconds.
    """
    for way in ways.values():
        way()
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    end, rounds = clock() + seconds, 0
    while rounds < FEWEST_ROUNDS or clock() < end:
        rounds += 1
        for name, way in ways.items():
            start = clock()
            way()
            taken[name].append(clock() - start)
    first = next(iter(taken.values()))
    return [_timing(name, people, times, first) for name, times in taken.items()]


def _timing(way: str, people: int, times: list[float], first: list[float]) -> Timing:
    low, _, high = quantiles(times, n=4, method="inclusive")
    best, low, middle, high = (1000 * value for value in (min(times), low, median(times), high))
    speedup = median(other / one for other, one in zip(first, times, strict=True))
    return Timing(way, people, len(times), best, low, middle, high, 1000 * people / middle, speedup)
