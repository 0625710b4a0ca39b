"""Performance profiles over 30 problems: L-SR1 with and without projection among tuned classical solvers."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from model.experiments.analytic.families import CLASSICAL, FAMILIES, TRAINING
from model.experiments.analytic.meta import MetaConfig
from model.experiments.analytic.performance import LARGEST_FACTOR, area, profile, ratios
from model.experiments.analytic.problems import Problems
from model.experiments.analytic.solve import solve
from model.experiments.analytic.trained import trained, with_buffer
from model.experiments.cache import ResultCache
from model.experiments.report.figure import write_figure
from model.optimizer.solver import Solver
from model.train.config import STRICT

if TYPE_CHECKING:
    from model.experiments.report.figure import Axes

WITH, WITHOUT = "L-SR1 with projection", "L-SR1 without projection"
_TEST_SEED, _TUNING_SEED = 2000, 3000
_POINTS = 121  # of the curves


@dataclass(frozen=True)
class ProfilesConfig:
    """Configuration of training, tuning and measuring.

    Attributes:
        meta: training of L-SR1 by family of `TRAINING`; one that has none uses that of `like`.
        like: by family, the family that its optimizer is trained on.
        rates: the grid of each classical solver.
        tuned_on: variables of the problems on which its rate is chosen, a family at a time.
        sizes: variables of a family's problems.
        steps: of each solver on each problem.
        instances: problems of each family and size that are averaged over.
        buffer: of L-SR1 when measured.
        seed: of training.
    """

    meta: Mapping[str, MetaConfig]
    like: Mapping[str, str]
    rates: Mapping[str, tuple[float, ...]]
    tuned_on: tuple[int, ...] = (200,)
    sizes: tuple[int, ...] = (50, 100, 200, 500, 1000)
    steps: int = 100
    instances: int = 4
    buffer: int = 32
    seed: int = 1

    __pydantic_config__ = STRICT


def run(
    config: ProfilesConfig, cache: ResultCache, out: Path, report: Callable[[str], None]
) -> dict[str, Any]:
    """Train, tune, measure and draw; returns the result's values."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for family in FAMILIES:
        for name, entrant in _entrants(family, config, cache, report).items():
            rows.setdefault(name, []).extend(
                cache.value(f"{name}-{family}-{size}", partial(_measured, entrant, family, size, config))
                for size in config.sizes
            )
    reached = ratios({name: [problem["error"] for problem in problems] for name, problems in rows.items()})
    areas = {name: area(of_solver) for name, of_solver in reached.items()}
    _draw(reached, areas, out)
    return {"rows": rows, "ratios": reached, "areas": areas}


@dataclass(frozen=True)
class _Entrant:
    """A solver and, where it is a classical one, the rate that was chosen for the family."""

    solver: Solver
    rate: float | None = None


def _entrants(
    family: str, config: ProfilesConfig, cache: ResultCache, report: Callable[[str], None]
) -> dict[str, _Entrant]:
    """Return the solvers of a family, by name."""
    like = config.like.get(family, family)
    found: dict[str, _Entrant] = {}
    for name, label, weight in ((WITH, "with", config.meta[like].secant), (WITHOUT, "without", 0.0)):
        meta = replace(config.meta[like], secant=weight)
        solver = trained(cache, f"{label}-{like}", meta, TRAINING[like], config.seed, report)
        found[name] = _Entrant(with_buffer(solver, config.buffer))
    for name in config.rates:
        report(f"{family}: {name}")
        rate = cache.value(f"rate of {name}-{family}", partial(_best_rate, name, family, config))
        found[name] = _Entrant(CLASSICAL[name](rate), rate)
    return found


def _best_rate(name: str, family: str, config: ProfilesConfig) -> float:
    """Return the rate of the grid with the least mean log error, on problems of a seed for tuning."""
    every = [_drawn(family, size, _TUNING_SEED, config) for size in config.tuned_on]

    def score(rate: float) -> float:
        errors = [_error(CLASSICAL[name](rate), problems, config) for problems in every]
        return sum(math.log(error + 1e-12) if math.isfinite(error) else math.inf for error in errors)

    return min(config.rates[name], key=score)


def _measured(entrant: _Entrant, family: str, size: int, config: ProfilesConfig) -> dict[str, Any]:
    """Measure error and processor time on one problem."""
    problems = _drawn(family, size, _TEST_SEED, config)
    begun = time.process_time()
    error = _error(entrant.solver, problems, config)
    milliseconds = 1000 * (time.process_time() - begun) / config.steps
    return {
        "family": family, "size": size, "rate": entrant.rate, "error": error, "milliseconds": milliseconds
    }  # fmt: skip


def _drawn(family: str, size: int, seed: int, config: ProfilesConfig) -> Problems:
    return FAMILIES[family](config.instances, size, seed + size)


@torch.no_grad()
def _error(solver: Solver, problems: Problems, config: ProfilesConfig) -> float:
    """Return f(x_s) - f* of the best of the iterates x_0 … x_s, mean over the instances."""
    values = torch.stack(
        [evaluation.value for evaluation in solve(solver, problems, config.steps).evaluations]
    )
    best = values.nan_to_num(math.inf).amin(0)
    return float((best - problems.least).clamp_min(0).mean())


def _draw(reached: Mapping[str, list[float]], areas: Mapping[str, float], out: Path) -> None:
    factors = torch.logspace(0, math.log10(LARGEST_FACTOR), _POINTS).tolist()
    curves = {name: profile(of_solver, factors) for name, of_solver in reached.items()}
    rows = [
        (name, factor, rho)
        for name, curve in curves.items()
        for factor, rho in zip(factors, curve, strict=True)
    ]

    def panel(axes: "Axes") -> None:
        for number, name in enumerate(sorted(curves, key=lambda name: -areas[name])):
            width = 2.2 if name in (WITH, WITHOUT) else 1.2
            axes.step(factors, curves[name], color=f"C{number}", linewidth=width, where="post", label=name)
        axes.set(xscale="log", xlabel="factor τ to the best solver", ylabel="ρ(τ)", ylim=(0, 1.02))
        axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))

    write_figure(out / "profiles.png", ("solver", "factor", "rho"), rows, [panel], width=1.7)
