"""`hmr warm`: compile the fit for this machine, so that the service is quick."""

import time
from typing import Annotated

import typer

from service.cli.errors import INTERRUPTED, told


def warm(
    force: Annotated[bool, typer.Option(help="Even if it is there already.")] = False,
) -> None:
    """Compile the fit for this machine, weights and body; takes minutes, and a C++ compiler.

    What comes of it lies in the folder HMR_CACHE, and is used from the next start on.
    """
    from model.compiled.artifact import ArtifactError
    from service import compiled
    from service.loading import StartupError, load_model
    from service.settings import SettingsError, load_settings

    start = time.monotonic()

    def say(line: str) -> None:
        typer.echo(f"{time.monotonic() - start:5.0f} s  {line}", err=True)

    with told(SettingsError, StartupError, ArtifactError):
        settings = load_settings()
        model = load_model(load_settings(compiled="off"))
        try:
            found = None if force else compiled.find(model, settings)
            if found is not None:
                typer.echo(f"Compiled already: {found}")
                return
            compiled.make(model, settings, say)
            typer.echo(f"Compiled: {compiled.find(model, settings)}")
        except KeyboardInterrupt:
            typer.echo("Stopped; nothing was kept.", err=True)
            raise typer.Exit(INTERRUPTED) from None
