"""The ablation on quadratics: a line a row; several seeds as mean and half the range."""

from collections.abc import Mapping
from typing import Any

from model.experiments.report.markdown import spread, table

_MEASURES = ("loss", "error", "median", "last_error", "last_cosine")


def ablation_section(settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Markdown of the experiment's settings and result."""
    meta, last = settings["meta"], settings["steps"]
    budget = f"""\
{settings["problems"]} quadratics of {settings["size"]} variables, {last} steps; every row is trained for \
{meta["iterations"]} meta-iterations of {meta["batch"]} problems of {meta["size"]} variables. Loss and error \
as above, means over steps and problems; ± is half the range over seeds: rows that are nearer to \
each other than that of the base can't be distinguished."""
    heads = [
        "row", "what", "seeds", "parameters", "mean loss", "mean error", "median error",
        f"mean error at {last}", f"cosine at {last}",
    ]  # fmt: skip
    return f"{budget}\n\n{table(heads, [_row(name, row) for name, row in values['rows'].items()])}"


def _row(name: str, row: Mapping[str, Any]) -> list[str]:
    runs = row["runs"]
    return [
        name,
        row["description"],
        ", ".join(str(run["seed"]) for run in runs),
        f"{runs[0]['parameters']:,}",
        *(spread([run[measure] for run in runs]) for measure in _MEASURES),
    ]
