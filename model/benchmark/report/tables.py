"""The report: a table for people, everything for programs, and pictures with their data."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.benchmark.measures import SUCCESS_MM
from model.benchmark.report.bootstrap import Interval
from model.benchmark.report.summary import REFERENCE, Row, as_json, summarise
from model.benchmark.result import MethodCost
from model.benchmark.run import Comparison, Finished
from model.experiments.report.markdown import table

_COLUMNS = {
    "pa_mpjpe_mm": ("PA-MPJPE", 1.0),
    "mpjpe_mm": ("MPJPE", 1.0),
    "pa_pve_mm": ("PA-PVE", 1.0),
    "pve_mm": ("PVE", 1.0),
    "error_2d": ("2D, %", 1.0),
    "success": ("success, %", 100.0),
}
_SEQUENCE_COLUMNS = {
    "acceleration_mm": "acceleration error, mm/frame²",
    "jitter": "jitter, m/s³",
    "true_jitter": "jitter of the truth",
}


def write_report(finished: Finished, comparison: Comparison) -> Path:
    """Write `benchmark.json` with all results and `benchmark.md`, and return the path of the latter."""
    order = [method.name for method in comparison.methods]
    rows = sorted(summarise(finished.scores), key=lambda row: order.index(row.method))
    costs = sorted(finished.costs, key=lambda cost: order.index(cost.method))
    about = comparison.identity
    (comparison.out / "benchmark.json").write_text(json.dumps(as_json(rows, costs, about), indent=2) + "\n")
    path = comparison.out / "benchmark.md"
    path.write_text(markdown(rows, costs, comparison))
    return path


def markdown(rows: Sequence[Row], costs: Sequence[MethodCost], comparison: Comparison) -> str:
    """The tables."""
    parts = [_head(comparison.identity), _costs(costs, rows, comparison.limits.timed)]
    for dataset in comparison.datasets:
        of_data = [row for row in rows if row.dataset == dataset.name]
        parts.append(f"## {dataset.name}\n\n{dataset.protocol}\n\n{_scores(of_data)}\n")
        if any("jitter" in row.intervals for row in of_data):
            parts.append(f"{_sequences(of_data)}\n")
    return "\n".join(parts)


def _head(about: dict[str, Any]) -> str:
    lines = [f"- {name}: {value}" for name, value in about.items()]
    return f"""\
# Benchmark

One run, one body, one machine, one processor thread. Millimetres; in brackets the 95 % interval of the mean,
by drawing people again with replacement. PA: after the best similarity transform; else relative to the
middle of the hips. 2D: confidence-weighted distance from the detections, percent of the person's box.
Success: PA-MPJPE below {SUCCESS_MM:g} mm. "Above {REFERENCE}": by how much PA-MPJPE is higher than
{REFERENCE}'s on the same people, since slow methods fit fewer. Time: processor seconds from keypoints to
pose and shape, without the mesh. Of classical methods with several headings all are counted.

{chr(10).join(lines)}
"""


def _costs(costs: Sequence[MethodCost], rows: Sequence[Row], batch: int) -> str:
    iterations = {row.method: row.iterations for row in rows}
    speed = {cost.method: cost.alone for cost in costs}.get(REFERENCE)
    lines = []
    for cost in costs:
        slower = f"{cost.alone / speed:.3g}" if speed else "–"
        lines.append(
            [
                cost.method,
                cost.description,
                f"{cost.alone:.3g}",
                "–" if cost.batched is None else f"{cost.batched:.3g}",
                slower,
                "–" if cost.memory is None else f"{cost.memory:.0f}",
                f"{cost.parameters:,}" if cost.parameters else "–",
                f"{iterations.get(cost.method, 0):.0f}",
            ]
        )
    heads = ["method", "what", "s a person, alone", f"in a batch of {batch}", f"alone, times {REFERENCE}"]
    heads += ["memory, MiB", "parameters", "iterations"]
    return f"## Methods and their cost\n\n{table(heads, lines)}\n"


def _scores(rows: Sequence[Row]) -> str:
    shown = {name: head for name, head in _COLUMNS.items() if any(name in row.intervals for row in rows)}
    heads = ["method", "people", *(head for head, _ in shown.values()), f"above {REFERENCE}", "failed"]
    lines = [
        [
            row.method,
            str(row.people),
            *(cell(row.intervals.get(name), scale) for name, (_, scale) in shown.items()),
            cell(row.above),
            str(row.failed),
        ]
        for row in rows
    ]
    return table(heads, lines)


def _sequences(rows: Sequence[Row]) -> str:
    lines = [[row.method, *(cell(row.intervals.get(name)) for name in _SEQUENCE_COLUMNS)] for row in rows]
    return table(["method", *_SEQUENCE_COLUMNS.values()], lines)


def cell(interval: Interval | None, scale: float = 1.0) -> str:
    """A mean with its interval."""
    if interval is None:
        return "–"
    mean, low, high = (value * scale for value in interval)
    return f"{mean:.1f} [{low:.1f}, {high:.1f}]"
