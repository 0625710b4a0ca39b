"""`hmr bench`: how long a fit takes on this machine."""

import json
from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import exit_on


def bench(
    batches: Annotated[str, typer.Option(help="Numbers of people in a batch.")] = "1,8,64,256",
    seconds: Annotated[float, typer.Option(min=0.0, help="For each batch.")] = 5.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Of a batch; HMR_THREADS, else 1.")] = None,
    profile: Annotated[bool, typer.Option(help="Also each stage, and the least it could take.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON rather than tables.")] = False,
    history: Annotated[Path | None, typer.Option(help="Append the JSON to this file, as a line.")] = None,
) -> None:
    """Speed: time fits on this machine, eager, compiled (see `hmr warm`), and by other optimizers.

    Fits take four steps, without a mesh. The ways to fit take turns, so that other load on the machine
    affects all alike.
    """
    from service.bench import report
    from service.bench.fits import ways_to_fit
    from service.bench.machine import describe
    from service.bench.measure import take_turns
    from service.bench.stages import stages_of
    from service.models.load import StartupError, load_model
    from service.settings import SettingsError, load_settings

    sizes = _sizes(batches)
    with exit_on(SettingsError, StartupError, OSError, ValueError, stopped="Stopped; nothing was kept."):
        fitter = load_model(load_settings(threads=threads)).fitter
        if fitter.backend is None:
            typer.echo("No compiled fit is in use here; `hmr warm` makes one.", err=True)
        machine, timings, stages = describe(), [], []
        for size in sizes:
            typer.echo(f"{size} people", err=True)
            timings += take_turns(ways_to_fit(fitter, size), size, seconds)
            stages += stages_of(fitter, size, machine, seconds / 3) if profile else []
        result = report.found(machine, timings, stages)
        if as_json:
            typer.echo(json.dumps(result, indent=2))
        else:
            report.show(result)
        if history is not None:
            for sentence in report.slower(result, history):
                typer.echo(f"Slower than before: {sentence}", err=True)
            report.keep(result, history)


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1 or max(sizes) > 4096:
        raise typer.BadParameter("numbers from 1 to 4096 between commas", param_hint="--batches")
    return sizes
