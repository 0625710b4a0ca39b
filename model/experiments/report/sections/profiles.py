"""The performance profiles: areas, times and chosen rates, and how each solver did on each family."""

from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Any

from model.experiments.report.markdown import table

Values = Mapping[str, Any]


def profiles_section(settings: Values, values: Values) -> str:
    """Markdown of the experiment's settings and result."""
    families = list(dict.fromkeys(row["family"] for row in next(iter(values["rows"].values()))))
    ends = settings["sizes"][0], settings["sizes"][-1]
    heads = [
        "solver", "area under ρ", "best on", f"ms a step, n = {ends[0]}", f"ms a step, n = {ends[1]}",
        "rates chosen",
    ]  # fmt: skip
    by_area = sorted(values["areas"], key=lambda name: -values["areas"][name])
    return "\n\n".join(
        [
            _introduction(settings, families),
            table(heads, [_row(name, values, ends) for name in by_area]),
            "Median over the sizes of the factor to the best solver, at most a million:",
            table(["solver", *families], [_by_family(name, values, families) for name in by_area]),
        ]
    )


def _introduction(settings: Values, families: Sequence[str]) -> str:
    grids = "; ".join(
        f"{name} {', '.join(f'{rate:g}' for rate in grid)}" for name, grid in settings["rates"].items()
    )
    tuned_on = ", ".join(map(str, settings["tuned_on"]))
    return f"""\
{len(families)} families ({", ".join(families)}) in {", ".join(map(str, settings["sizes"]))} variables, \
{settings["steps"]} steps, the best iterate of each; means over {settings["instances"]} instances of each \
problem. L-SR1 was trained on {", ".join(settings["meta"])}; all diagonal quadratics share one \
("diagonal": conditions from 1 to 10,000, those of the test among them). The rates \
of the others, in the order of the families, were chosen on instances of another seed in {tuned_on} \
variables, from these grids: {grids}. Time: one core, the {settings["instances"]} instances together, \
objective and gradient included."""


def _row(name: str, values: Values, ends: tuple[int, int]) -> list[str]:
    of_solver, reached = values["rows"][name], values["ratios"][name]
    times = [mean(row["milliseconds"] for row in of_solver if row["size"] == size) for size in ends]
    rates = {row["family"]: row["rate"] for row in of_solver if row["rate"] is not None}
    return [
        name,
        f"{values['areas'][name]:.3f}",
        f"{sum(ratio <= 1 + 1e-9 for ratio in reached)} of {len(reached)}",
        *(f"{time:.2f}" for time in times),
        ", ".join(f"{rate:g}" for rate in rates.values()) or "–",
    ]


def _by_family(name: str, values: Values, families: Sequence[str]) -> list[str]:
    pairs = list(zip(values["rows"][name], values["ratios"][name], strict=True))
    cells = [median(ratio for row, ratio in pairs if row["family"] == family) for family in families]
    return [name, *(f"{cell:.3g}" for cell in cells)]
