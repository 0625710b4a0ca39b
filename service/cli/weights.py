"""`hmr weights`: what is served, and making a finished run the served weights."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import told

app = typer.Typer(help="The served weights.", no_args_is_help=True)


@app.command("promote")
def promote(
    run: Annotated[Path, typer.Argument(help="Folder of a finished training run.")],
    version: Annotated[str, typer.Option(help="Name of these weights, such as 1.0.")],
    weights: Annotated[Path | None, typer.Option(help="Folder to write to; else the served one.")] = None,
) -> None:
    """Serve a run's weights from now on: copies them and writes the manifest."""
    from model.train import release
    from model.weights import WeightsError, weights_folder

    with told(WeightsError, OSError):
        typer.echo(f"Wrote {release.promote(run, weights or weights_folder(), version)}")
