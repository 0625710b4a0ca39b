"""Compiling the fit beside a running service, in a separate process of low priority."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable

from model.fit.compiled.artifact import ArtifactError
from model.weights import ServedModel
from service.models import compiled
from service.settings import Settings

_log = logging.getLogger(__name__)


async def compile_beside(served: Callable[[], ServedModel], settings: Settings) -> ServedModel | None:
    """Compile the model's fit if the settings ask for it, and return the model that uses it.

    Fits run eagerly meanwhile, with the same results. If cancelled, the other process is ended.

    Args:
        served: returns the served model, which may be another one after compiling.
        settings: of the service.

    Returns:
        The model that is served after compiling, with its compiled fit; None if it was not compiled.
    """
    if settings.compiled != "background" or served().fitter.backend is not None:
        return None
    why_not = compiled.cannot_be_made(served())
    if why_not:
        _log.info("Fits are not compiled. %s", why_not)
        return None
    _log.info("Compiling fits for this machine in the background; they run uncompiled until then")
    try:
        reason = await _warm(settings)
        found = await asyncio.to_thread(compiled.find, served(), settings)
    except (ArtifactError, OSError) as error:  # the process or its result can't be used
        found, reason = None, str(error)
    if found is None:
        _log.warning("Fits could not be compiled and stay as they are: %s", reason)
        return None
    _log.info("Fits are compiled: %s", found.folder)
    return found.served


async def _warm(settings: Settings) -> str:
    """Run `hmr warm` with these settings and return the last line of its output."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "service", "warm", "--low-priority"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **_environment(settings)},
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    lines = output.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _environment(settings: Settings) -> dict[str, str]:
    """Return the environment variables that decide which fit is compiled, and where it is stored."""
    values = {"WEIGHTS": settings.weights, "BODY": settings.body, "CACHE": settings.cache}
    return {f"HMR_{name}": str(value) for name, value in values.items() if value is not None}
