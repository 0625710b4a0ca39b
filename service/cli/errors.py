"""Errors at a terminal: one sentence and an exit status, no stack trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

INTERRUPTED = 130  # what a shell reports for Ctrl-C


@contextmanager
def exit_on(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds into a sentence on standard error and exit status 1."""
    try:
        yield
    except kinds as error:
        typer.echo(f"hmr: {error}", err=True)
        raise typer.Exit(1) from None
