"""The served model by compiled graphs: makes them, finds them, tries them before they are used."""

import logging
from collections.abc import Callable
from pathlib import Path

from model.compiled import artifact
from model.compiled.agreement import AGREED, largest_difference
from model.compiled.artifact import ArtifactError
from model.compiled.graphs import can_be_compiled
from model.compiled.key import key_of
from model.weights import ServedModel
from service.settings import Settings

_log = logging.getLogger(__name__)

_NO_GRAPHS = "Only L-SR1 on a processor is compiled."


def use_compiled(served: ServedModel, settings: Settings) -> None:
    """Let the fitter use its compiled fit if there is one; else it stays eager and the log says why."""
    if settings.compiled == "off" or not can_be_compiled(served.fitter.recovery):
        return
    try:
        found = find(served, settings)
    except ArtifactError as error:
        _log.warning("The compiled fit is not used: %s `hmr warm --force` makes it anew.", error)
        return
    if found is None:
        _log.info(
            "Fits are not compiled for this machine; `hmr warm` does it, and they then take half the time."
        )
    else:
        _log.info("Fits are compiled: %s", found)


def find(served: ServedModel, settings: Settings) -> Path | None:
    """Load and try the compiled fit of the model, and let its fitter use it.

    Returns:
        Where it lies, or None if there is none.

    Raises:
        ArtifactError: there is one that can't be used.
    """
    cache, key = _place(served, settings)
    compiled = artifact.load(key, cache)
    if compiled is None:
        return None
    folder = artifact.artifact_folder(key, cache)
    fitter = served.fitter
    apart = largest_difference(compiled, fitter.recovery, fitter.body)
    if not apart <= AGREED:
        raise ArtifactError(f"{folder} gives other answers than the eager fit, by {apart:.1g}.")
    fitter.compiled = compiled
    return folder


def make(served: ServedModel, settings: Settings, say: Callable[[str], None]) -> Path:
    """Compile the model's fit for this machine; ArtifactError if that can't be done."""
    fitter = served.fitter
    if not can_be_compiled(fitter.recovery):
        raise ArtifactError(_NO_GRAPHS)
    cache, key = _place(served, settings)
    return artifact.make(fitter.recovery, fitter.body, key, cache, say)


def _place(served: ServedModel, settings: Settings) -> tuple[Path, dict[str, str]]:
    key = key_of(served.fitter.recovery, served.weights_sha256, served.body_sha256)
    return settings.cache or artifact.cache_folder(), key
