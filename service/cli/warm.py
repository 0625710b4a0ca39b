"""`hmr warm`: compile the fit for this machine, so that the service is fast from its start."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.errors import exit_on

if TYPE_CHECKING:
    from model.weights import ServedModel
    from service.models.compiled import CompiledModel
    from service.settings import Settings


def warm(
    force: Annotated[bool, typer.Option(help="Compile even if a compiled fit exists.")] = False,
    low_priority: Annotated[bool, typer.Option(help="Run at the lowest CPU priority.")] = False,
) -> None:
    """Compile the fit for this machine; needs a C++ compiler and a minute or more.

    With HMR_COMPILED=background, `hmr serve` does the same while it serves. The result is stored in the
    folder HMR_CACHE, and fits all weights of the same sizes.
    """
    if low_priority and hasattr(os, "nice"):
        os.nice(19)
    from model.fit.compiled.artifact import ArtifactError
    from service.models import compiled
    from service.models.load import StartupError, load_model
    from service.settings import SettingsError, load_settings

    start = time.monotonic()

    def report(line: str) -> None:
        typer.echo(f"{time.monotonic() - start:5.0f} s  {line}", err=True)

    with exit_on(SettingsError, StartupError, ArtifactError, stopped="Stopped; nothing was kept."):
        settings = load_settings()
        model = load_model(load_settings(compiled="off"))
        found = None if force else _found(model, settings, report)
        if found is not None:
            typer.echo(f"Compiled already: {found.folder}")
            return
        typer.echo(f"Compiled: {compiled.make(model, settings, report)}")
        compiled.find(model, settings)


def _found(
    model: "ServedModel", settings: "Settings", report: Callable[[str], None]
) -> "CompiledModel | None":
    """Return the compiled fit if it can be used; otherwise report why it is compiled again."""
    from model.fit.compiled.artifact import ArtifactError
    from service.models import compiled

    try:
        return compiled.find(model, settings)
    except ArtifactError as error:
        report(str(error))
        return None
