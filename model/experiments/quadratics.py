"""The quadratics: L-SR1 with and without the learned projection against L-BFGS, in a higher dimension."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.experiments.analytic.convergence import Convergence, convergence
from model.experiments.analytic.draw import quadratics
from model.experiments.analytic.meta import MetaConfig
from model.experiments.analytic.problems import Quadratics
from model.experiments.analytic.trained import trained, with_buffer
from model.experiments.cache import ResultCache
from model.experiments.report.figure import write_figure
from model.optimizer.limited import LBFGS
from model.train.config import STRICT

if TYPE_CHECKING:
    from model.experiments.report.figure import Axes

LBFGS_NAME, WITH, WITHOUT = "L-BFGS", "L-SR1 with projection", "L-SR1 without projection"
_COLOURS = {LBFGS_NAME: "C2", WITH: "C0", WITHOUT: "C3"}
_TEST_SEED = 1000


@dataclass(frozen=True)
class QuadraticsConfig:
    """Configuration of training and measuring.

    Attributes:
        meta: the training of L-SR1 with projection; that without differs in the secant weight of 0 alone.
        seeds: of training.
        buffers: lengths of the buffer, and L-BFGS's pairs, when measured.
        size, problems, steps: of the test: variables, quadratics, steps.
    """

    meta: MetaConfig
    seeds: tuple[int, ...] = (1, 2)
    buffers: tuple[int, ...] = (4, 16, 64)
    size: int = 32
    problems: int = 32
    steps: int = 20

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Line:
    """Convergence of a solver on the test's quadratics."""

    solver: str
    seed: int
    buffer: int
    convergence: Convergence


def run(
    config: QuadraticsConfig, cache: ResultCache, out: Path, report: Callable[[str], None]
) -> dict[str, Any]:
    """Train, measure and draw; returns the result's values."""
    test = quadratics(config.problems, config.size, _TEST_SEED)
    lines = [
        Line(LBFGS_NAME, 0, buffer, convergence(LBFGS(memory=buffer), test, config.steps))
        for buffer in config.buffers
    ]
    for seed in config.seeds:
        for name, weight in ((WITH, config.meta.secant), (WITHOUT, 0.0)):
            lines += _learned(name, replace(config.meta, secant=weight), seed, config, test, cache, report)
    _draw(lines, config, out)
    return {"lines": [vars(line) for line in lines]}


def _learned(
    name: str,
    meta: MetaConfig,
    seed: int,
    config: QuadraticsConfig,
    test: Quadratics,
    cache: ResultCache,
    report: Callable[[str], None],
) -> list[Line]:
    """Train an optimizer and measure it with each buffer."""
    solver = trained(cache, f"{'with' if meta.secant else 'without'}-{seed}", meta, quadratics, seed, report)
    return [
        Line(name, seed, buffer, convergence(with_buffer(solver, buffer), test, config.steps))
        for buffer in config.buffers
    ]


def _draw(lines: list[Line], config: QuadraticsConfig, out: Path) -> None:
    """Draw relative error and cosine to the Newton direction over the steps; one panel per buffer."""
    for measure, title, first in (("error", "relative error", 0), ("cosine", "cosine to Newton", 1)):
        rows = [
            (line.solver, line.seed, line.buffer, k, value)
            for line in lines
            for k, value in enumerate(line.convergence[measure], first)
        ]

        def panel(buffer: int, measure: str = measure, title: str = title, first: int = first) -> Any:
            shown = [line for line in lines if line.buffer == buffer]
            return lambda axes: _panel(axes, shown, measure, f"{title}, buffer {buffer}", first)

        heads = ("solver", "seed", "buffer", "step", measure)
        write_figure(out / f"{measure}.png", heads, rows, [panel(buffer) for buffer in config.buffers])


def _panel(axes: "Axes", lines: list[Line], measure: str, title: str, first: int) -> None:
    for line in lines:
        values = line.convergence[measure]
        style = "--" if line.seed > 1 else "-"
        label = line.solver + (f", seed {line.seed}" if line.seed else "")
        axes.plot(range(first, first + len(values)), values, style, color=_COLOURS[line.solver], label=label)
    axes.set(title=title, xlabel="step", ylim=(0, 1.1), xticks=range(0, len(values) + 1, 5))
    axes.legend(fontsize="x-small")
