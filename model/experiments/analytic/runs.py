"""Running a solver on analytic problems: from the start, or on from where a window of a longer run ended."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from model.descent import Trajectory, descend
from model.experiments.analytic.problems import Problems, Value
from model.optimizer.lsr1 import LSR1State
from model.optimizer.solver import Solver

# From a problem with a larger relative error nothing more can be learned.
_ASTRAY = 3.0


@dataclass(frozen=True)
class Run:
    """A batch of problems under way.

    Attributes:
        problems: B of them.
        x: where the solver is (B, n).
        state: L-SR1's, None at the start.
        left: windows that are left, 1 or more.
    """

    problems: Problems
    x: Tensor
    state: LSR1State | None
    left: int


class Runs:
    """Runs that wait for their next window, as many as each has windows: iterations take them in turn."""

    def __init__(self, draw: Callable[[], Problems], windows: int) -> None:
        """Begin runs on problems that `draw` gives, the first ones shorter, so that no two are in step."""
        self._draw, self._windows = draw, windows
        self._waiting = deque(self._begun(left) for left in range(1, windows + 1))

    def next(self) -> Run:
        """The run that has waited longest."""
        return self._waiting.popleft()

    def back(self, run: Run, window: Trajectory[Value]) -> None:
        """Let a run wait where a window has brought it; after one that is over or astray begin another."""
        error = relative_error(window.evaluations[-1].value, run.problems)
        if run.left == 1 or not (error < _ASTRAY).all():
            self._waiting.append(self._begun(self._windows))
            return
        state = LSR1State(*map(_without_history, window.state))
        self._waiting.append(Run(run.problems, window.points[-1].detach(), state, run.left - 1))

    def _begun(self, left: int) -> Run:
        problems = self._draw()
        return Run(problems, problems.start, None, left)


def _without_history(part: Any) -> Any:
    return None if part is None else part.detach()


def walk(
    solver: Solver,
    problems: Problems,
    steps: int,
    *,
    after: Run | None = None,
    differentiable: bool = False,
    second_order: bool = True,
) -> Trajectory[Value]:
    """Run a solver on problems from their start, or from where a run is.

    If differentiable, points keep their history; if second_order also gradients at them.
    """
    return descend(
        solver,
        lambda x: Value(problems.value(x)),
        problems.start if after is None else after.x,
        steps,
        state=None if after is None else after.state,
        gradient=lambda x, _: problems.gradient(x),
        differentiable=differentiable,
        second_order=differentiable and second_order,
    )


def relative_error(values: Tensor, problems: Problems) -> Tensor:
    """(f(x) - f*) / (f(x_0) - f*), (…, B), for values f(x) (…, B); x_0 is the problems' start."""
    return (values - problems.least) / (problems.value(problems.start) - problems.least)
