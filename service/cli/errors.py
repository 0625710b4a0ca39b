"""Errors at a terminal: one sentence and an exit status, no stack trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

INTERRUPTED = 130  # what a shell reports for Ctrl-C


@contextmanager
def exit_on(*kinds: type[Exception], stopped: str = "Stopped.") -> Iterator[None]:
    """Turn expected errors and Ctrl-C into a message on standard error and an exit status.

    Args:
        kinds: errors with a message for the user; the exit status is 1.
        stopped: message after Ctrl-C; the exit status is 130.
    """
    try:
        yield
    except kinds as error:
        typer.echo(f"hmr: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo(stopped, err=True)
        raise typer.Exit(INTERRUPTED) from None
