"""Results as a table for people (markdown) and for programs (JSON)."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from statistics import mean

from model.experiments.report.markdown import table
from model.experiments.result import Result

_MEASURES = {
    "pa_mpjpe_mm": "PA-MPJPE, mm",
    "mpjpe_mm": "MPJPE, mm",
    "error_2d": "2D error, percent of the box",
}
_PROTOCOLS = ("clean", "noisy")


def write_tables(results: list[Result], order: Iterable[str], out: Path) -> Path:
    """`table.json` with every result, `table.md` with rows in the given order, seeds put together."""
    (out / "table.json").write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    rows = {name: [result for result in results if result.row == name] for name in order}
    path = out / "table.md"
    path.write_text(markdown({name: of_row for name, of_row in rows.items() if of_row}))
    return path


def markdown(rows: dict[str, list[Result]]) -> str:
    """The tables; rows with the same numbers of steps stand together."""
    groups: dict[tuple[str, ...], dict[str, list[Result]]] = {}
    for name, results in rows.items():
        groups.setdefault(_steps(results[0]), {})[name] = results
    parts = [_HEAD]
    for steps, of_group in groups.items():
        parts += [_errors(measure, title, steps, of_group) for measure, title in _MEASURES.items()]
    parts.append(_costs(rows))
    return "\n".join(parts)


_HEAD = """\
# Ablation

Validation split. Step 0 is the initializer, the same frozen one in every row. Where a row was trained with
several seeds: mean ± half the range. Learned rows go through one budget (see `table.json`).
"""


def _errors(measure: str, title: str, steps: tuple[str, ...], rows: dict[str, list[Result]]) -> str:
    heads = [f"{protocol} {k}" for protocol in _PROTOCOLS for k in steps]
    lines = [
        [name, *(_cell([r.errors[p][measure][k] for r in results]) for p in _PROTOCOLS for k in steps)]
        for name, results in rows.items()
    ]
    return _table(f"## {title}, after steps {', '.join(steps)}", ["row", *heads], lines)


def _costs(rows: dict[str, list[Result]]) -> str:
    lines = []
    for name, results in rows.items():
        first, times = results[0], [r.milliseconds for r in results if r.milliseconds is not None]
        rates = ", ".join(f"{rate:g} ({k})" for k, rate in first.rates.items())
        learned = [f"{n:,}" if n else "–" for n in (first.parameters, first.context_parameters)]
        time = f"{mean(times):.0f}" if times else "–"
        lines.append(
            [name, first.description, ", ".join(str(r.seed) for r in results), *learned, time, rates or "–"]
        )
    heads = ["row", "what", "seeds", "parameters", "context head", "ms an iteration", "rate (steps)"]
    return _table("## Rows", heads, lines)


def _steps(result: Result) -> tuple[str, ...]:
    return tuple(result.errors[_PROTOCOLS[0]]["pa_mpjpe_mm"])


def _cell(values: list[float]) -> str:
    spread = f" ± {(max(values) - min(values)) / 2:.2f}" if len(values) > 1 else ""
    return f"{mean(values):.2f}{spread}"


def _table(title: str, heads: list[str], lines: list[list[str]]) -> str:
    return f"{title}\n\n{table(heads, lines)}\n"
