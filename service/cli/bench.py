"""`hmr bench`: how long a fit takes on this machine."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.errors import INTERRUPTED, told

if TYPE_CHECKING:
    from service.bench.machine import Machine
    from service.bench.measure import Timing


def bench(
    batches: Annotated[str, typer.Option(help="Numbers of people in a batch.")] = "1,8,64,256",
    seconds: Annotated[float, typer.Option(min=0.0, help="For each batch.")] = 5.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Of a fit; HMR_THREADS, else 1.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON rather than a table.")] = False,
    history: Annotated[Path | None, typer.Option(help="Append the JSON to this file, as a line.")] = None,
) -> None:
    """Time fits of four steps without a mesh: eager, compiled (see `hmr warm`), and Adam for comparison."""
    from service.bench.fits import ways_to_fit
    from service.bench.machine import describe
    from service.bench.measure import take_turns
    from service.loading import StartupError, load_model
    from service.settings import SettingsError, load_settings

    sizes = _sizes(batches)
    with told(SettingsError, StartupError, OSError):
        fitter = load_model(load_settings(threads=threads)).fitter
        if fitter.compiled is None:
            typer.echo("No compiled fit is in use here; `hmr warm` makes one.", err=True)
        machine, timings = describe(), list["Timing"]()
        try:
            for size in sizes:
                typer.echo(f"{size} people", err=True)
                timings += take_turns(ways_to_fit(fitter, size), size, seconds)
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        found = _found(machine, timings)
        if history is not None:
            with history.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        _show(machine, timings)


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1 or max(sizes) > 4096:
        raise typer.BadParameter("numbers from 1 to 4096 between commas", param_hint="--batches")
    return sizes


def _found(machine: "Machine", timings: list["Timing"]) -> dict[str, Any]:
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"time": now, "machine": machine._asdict(), "fits": [timing._asdict() for timing in timings]}


def _show(machine: "Machine", timings: list["Timing"]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(", ".join(f"{name} {value}" for name, value in machine._asdict().items()), soft_wrap=True)
    table = Table("people", "way", "median ms", "quartiles", "best", "people/s", "rounds")
    for one in timings:
        spread = f"{one.quarter_ms:.1f} to {one.three_quarters_ms:.1f}"
        times = (f"{one.median_ms:.1f}", spread, f"{one.best_ms:.1f}", f"{one.people_per_second:.0f}")
        table.add_row(str(one.people), one.way, *times, str(one.rounds))
    console.print(table)
