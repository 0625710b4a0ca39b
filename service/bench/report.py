"""Report of `hmr bench`: as values, as tables, and against earlier runs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from service.bench.machine import Machine
from service.bench.measure import Timing
from service.bench.stages import Stage

# Noise between two runs on a machine with other work comes to this easily.
_SLOWER = 1.25


def found(machine: Machine, timings: Sequence[Timing], stages: Sequence[Stage]) -> dict[str, Any]:
    """Return everything as plain values.

    `products` of a fit is its median time by that of the machine's product in 32 bits: a measure that other
    machines share, about.
    """
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {**machine._asdict(), "product_ms": round(machine.product_ms, 3)},
        "fits": [{**one._asdict(), "products": one.median_ms / machine.product_ms} for one in timings],
        "stages": [{**one._asdict(), "gap": one.gap} for one in stages],
    }


def show(result: dict[str, Any]) -> None:
    """Print the tables."""
    console = Console()
    console.print(", ".join(f"{name} {value}" for name, value in result["machine"].items()), soft_wrap=True)
    console.print(_fits(result["fits"]))
    if result["stages"]:
        console.print(_stages(result["stages"]))


def _fits(fits: list[dict[str, Any]]) -> Table:
    table = Table("people", "way", "median ms", "quartiles", "best", "people/s", "speed-up", "products")
    for one in fits:
        table.add_row(
            str(one["people"]),
            one["way"],
            f"{one['median_ms']:.1f}",
            f"{one['quarter_ms']:.1f} to {one['three_quarters_ms']:.1f}",
            f"{one['best_ms']:.1f}",
            f"{one['people_per_second']:.0f}",
            f"{one['speedup']:.2f}",
            f"{one['products']:.1f}",
        )
    return table


def _stages(stages: list[dict[str, Any]]) -> Table:
    table = Table("people", "stage", "Mflop", "MB", "floor ms", "eager ms", "compiled ms", "times the floor")
    for one in stages:
        compiled = "" if one["compiled_ms"] is None else f"{one['compiled_ms']:.2f}"
        table.add_row(
            str(one["people"]),
            one["name"],
            f"{one['mflop']:.1f}",
            f"{one['mbytes']:.2f}",
            f"{one['floor_ms']:.2f}",
            f"{one['eager_ms']:.2f}",
            compiled,
            f"{one['gap']:.1f}",
        )
    return table


def slower(now: dict[str, Any], history: Path) -> list[str]:
    """Return a sentence for each way that takes a quarter more matrix products than on its last run here.

    Args:
        now: see `found`.
        history: a file with a line of JSON for each run; need not be there.

    Raises:
        ValueError: a line of it has another form.
    """
    before = _last_like(now, history)
    if before is None:
        return []
    times = {(one["people"], one["way"]): one["products"] for one in before["fits"]}
    pairs = [(one, times.get((one["people"], one["way"]))) for one in now["fits"]]
    return [
        f"{one['way']} with {one['people']} people took {one['products']:.1f} matrix products, "
        f"and {then:.1f} on {before['time']}."
        for one, then in pairs
        if then is not None and one["products"] > _SLOWER * then
    ]


def keep(now: dict[str, Any], history: Path) -> None:
    """Append a line."""
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(now) + "\n")


def _last_like(now: dict[str, Any], history: Path) -> dict[str, Any] | None:
    """Return the last run on the same processor with as many threads."""
    if not history.exists():
        return None
    last = None
    for number, line in enumerate(history.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            same = all(entry["machine"][name] == now["machine"][name] for name in ("processor", "threads"))
            last = entry if same and entry["fits"] is not None else last
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"Line {number} of {history} is no run of `hmr bench`: {error!r}.") from None
    return last
