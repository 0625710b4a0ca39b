"""The ablation on quadratics: one change a row in how L-SR1 is built, trained or used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from model.experiments.analytic.convergence import convergence
from model.experiments.analytic.draw import quadratics
from model.experiments.analytic.meta import MetaConfig
from model.experiments.analytic.trained import trained
from model.experiments.cache import ResultCache
from model.experiments.report.figure import write_figure
from model.experiments.settings_file import merged, validated
from model.train.config import STRICT

if TYPE_CHECKING:
    from model.experiments.report.figure import Axes

_TEST_SEED = 1000


@dataclass(frozen=True)
class ChangedRow:
    """A line of the table.

    Attributes:
        description: what it is.
        change: of the training's configuration, as nested tables.
        seeds: of its training; those of all rows if empty.
    """

    description: str
    change: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class QuadraticsAblationConfig:
    """Configuration of training and measuring.

    Attributes:
        meta: what every row starts from, as nested tables of `MetaConfig`.
        rows: by name.
        seeds: of training.
        size, problems, steps: of the test: variables, quadratics, steps.
    """

    meta: Mapping[str, Any]
    rows: Mapping[str, ChangedRow]
    seeds: tuple[int, ...] = (1, 2)
    size: int = 32
    problems: int = 32
    steps: int = 20

    __pydantic_config__ = STRICT


def run(
    config: QuadraticsAblationConfig, cache: ResultCache, out: Path, report: Callable[[str], None]
) -> dict[str, Any]:
    """Train and measure every row; returns the result's values."""
    rows = {name: _measured(name, row, config, cache, report) for name, row in config.rows.items()}
    _draw(rows, out)
    return {"rows": rows}


def _measured(
    name: str,
    row: ChangedRow,
    config: QuadraticsAblationConfig,
    cache: ResultCache,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Train and measure a row: for each seed mean loss and errors, last error and cosine, and size."""
    meta = validated(MetaConfig, merged(dict(config.meta), dict(row.change)))
    test, found = quadratics(config.problems, config.size, _TEST_SEED), []
    for seed in row.seeds or config.seeds:
        solver = trained(cache, f"{name}-{seed}", meta, quadratics, seed, report)
        measured = convergence(solver, test, config.steps)
        found.append(
            {
                "seed": seed,
                "loss": mean(measured["loss"][1:]),
                "error": mean(measured["error"][1:]),
                "median": mean(measured["median"][1:]),
                "last_error": measured["error"][-1],
                "last_cosine": measured["cosine"][-1],
                "parameters": sum(value.numel() for value in solver.parameters()),
            }
        )
    return {"description": row.description, "runs": found}


def _draw(rows: Mapping[str, Any], out: Path) -> None:
    """Draw the mean relative error of each row, one dot per seed."""
    data = [(name, run["seed"], run["error"]) for name, row in rows.items() for run in row["runs"]]

    def panel(axes: "Axes") -> None:
        names = list(rows)
        axes.scatter([error for *_, error in data], [names.index(name) for name, *_ in data], s=14)
        axes.set(yticks=range(len(names)), yticklabels=names, xlabel="mean relative error, 20 steps")
        axes.invert_yaxis()
        axes.tick_params(axis="y", labelsize="x-small")

    write_figure(out / "rows.png", ("row", "seed", "error"), data, [panel])
