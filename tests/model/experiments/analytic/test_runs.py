"""Runs that are learned from a window at a time."""

from dataclasses import replace

import pytest
import torch

from model.experiments.analytic.draw import diagonals
from model.experiments.analytic.problems import Problems
from model.experiments.analytic.runs import Run, Runs, relative_error, walk
from model.optimizer.lsr1 import LSR1, LSR1Config


def solver() -> LSR1:
    torch.manual_seed(0)
    return LSR1(LSR1Config(width=8, hidden=8, buffer=3, norm="none", told="product", relative=True))


def problems() -> Problems:
    return diagonals(3, 4, 7)


def runs(windows: int) -> Runs:
    """Each on other problems."""
    seeds = iter(range(100))
    return Runs(lambda: diagonals(3, 4, next(seeds)), windows)


def test_windows_are_parts_of_one_walk() -> None:
    whole, waiting, points = walk(solver(), problems(), 9), Runs(problems, 1), []
    run = replace(waiting.next(), left=3)
    for _ in range(3):
        window = walk(solver(), run.problems, 3, after=run, differentiable=True)
        points += [point.detach() for point in window.points[1:]]
        waiting.back(run, window)
        run = waiting.next()
    torch.testing.assert_close(torch.stack(points), torch.stack(whole.points[1:]))
    assert run.state is None
    assert torch.equal(run.x, problems().start)


def test_a_run_that_waits_has_no_history() -> None:
    waiting = Runs(problems, 1)
    run = replace(waiting.next(), left=2)
    window = walk(solver(), run.problems, 2, after=run, differentiable=True)
    waiting.back(run, window)
    found = waiting.next()
    assert window.points[-1].requires_grad
    assert found.state is not None
    parts = [found.x, *(part for part in found.state if part is not None)]
    assert len(parts) == 5
    assert not any(part.requires_grad for part in parts)


def test_no_two_runs_are_in_step() -> None:
    waiting = runs(3)
    seen = []
    for _ in range(9):
        run = waiting.next()
        seen.append(run.left)
        waiting.back(run, walk(solver(), run.problems, 1, after=run))
    assert seen == [1, 2, 3, 3, 1, 2, 2, 3, 1]


@pytest.mark.parametrize("value", [3.1, float("inf"), float("nan")])
def test_runs_that_are_astray_begin_anew(value: float) -> None:
    waiting = Runs(problems, 1)
    run = Run(problems(), problems().start, None, 5)
    waiting.next()
    window = walk(solver(), run.problems, 1, after=run)
    begun = run.problems.value(run.problems.start)
    ends = [last._replace(value=value * begun) for last in window.evaluations[-1:]]
    waiting.back(run, replace(window, evaluations=ends))
    assert waiting.next().left == 1


def test_errors_are_relative_to_the_start_of_the_run() -> None:
    run = Run(problems(), problems().start + 1, None, 2)
    values = run.problems.value(run.x)
    expected = values / run.problems.value(run.problems.start)
    torch.testing.assert_close(relative_error(values, run.problems), expected)
