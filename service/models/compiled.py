"""Compiled fits of the served model: made, found in the cache, and verified before use."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from model.fit.compiled import artifact
from model.fit.compiled.artifact import ArtifactError
from model.fit.compiled.build import compile_graphs
from model.fit.compiled.graphs import can_be_compiled
from model.fit.compiled.key import key_of
from model.fit.compiled.run import CompiledFit, Runs
from model.fit.compiled.verify import AGREED, largest_difference
from model.weights import ServedModel
from service.settings import Settings

_log = logging.getLogger(__name__)

_NO_GRAPHS = "Only L-SR1 on a CPU can be compiled."
_COMPILERS = ("g++", "clang++")


def use_compiled(served: ServedModel, settings: Settings) -> ServedModel:
    """Return the model with its compiled fit if one exists; otherwise unchanged, and the log says why."""
    if settings.compiled == "off" or not can_be_compiled(served.fitter.recovery):
        return served
    try:
        found = find(served, settings)
    except ArtifactError as error:
        _log.warning("The compiled fit is not used: %s", error)
        return served
    if found is None:
        _log.info(
            "Fits are not compiled for this machine; `hmr warm` compiles them, which makes them faster."
        )
        return served
    _log.info("Fits are compiled: %s", found.folder)
    return found.served


class CompiledModel(NamedTuple):
    """A model that fits by compiled graphs, and the folder that they are in."""

    served: ServedModel
    folder: Path


def find(served: ServedModel, settings: Settings) -> CompiledModel | None:
    """Load and verify the compiled fit of a model; None if none exists.

    Raises:
        ArtifactError: the compiled fit can't be used.
    """
    cache, fitter = _cache(settings), served.fitter
    key = key_of(fitter.recovery, fitter.body)
    threads = torch.get_num_threads()
    runs = artifact.load(fitter.recovery, fitter.body, key, cache, threads)
    if runs is None:
        return None
    compiled = CompiledFit(Runs(**runs), threads)
    folder = artifact.artifact_folder(key, cache)
    try:
        apart = largest_difference(compiled, fitter)
    except RuntimeError as error:
        raise ArtifactError(f"{folder} can't be run: {error}") from error
    if not apart <= AGREED:
        raise ArtifactError(f"{folder} gives other results than the eager fit, by {apart:.1g}.")
    return CompiledModel(replace(served, fitter=fitter.with_backend(compiled)), folder)


def make(served: ServedModel, settings: Settings, report: Callable[[str], None]) -> Path:
    """Compile the model's fit for this machine and return its folder; ArtifactError if that fails."""
    why_not = cannot_be_made(served)
    if why_not:
        raise ArtifactError(why_not)
    fitter = served.fitter
    key = key_of(fitter.recovery, fitter.body)
    compile_into = partial(compile_graphs, fitter.recovery, fitter.body, report=report)
    return artifact.make(compile_into, key, _cache(settings))


def cannot_be_made(served: ServedModel) -> str:
    """Return a sentence on why the model's fit can't be compiled here; empty if no reason is known."""
    if not can_be_compiled(served.fitter.recovery):
        return _NO_GRAPHS
    if not any(map(shutil.which, _COMPILERS)):
        return "No C++ compiler was found (g++ or clang++), so fits stay eager: correct, but slower."
    return ""


def _cache(settings: Settings) -> Path:
    return settings.cache or artifact.cache_folder()
