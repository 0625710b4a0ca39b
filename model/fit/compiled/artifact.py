"""The cache of compiled graphs: one folder for each key, with a note of the expected content.

The files are machine code that runs in this process. Nothing is loaded that was compiled for another key,
has another hash than the note says, or could have been written by another user.
"""

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from model.body.body import Body
from model.fit.compiled.aoti import Run, open_graph
from model.fit.compiled.graphs import GRAPHS, graph_file
from model.fit.compiled.key import name_of
from model.fit.compiled.pure import Parts
from model.fit.network import Recovery

NOTE = "artifact.json"
FILES = [graph_file(name) for name in GRAPHS]


class ArtifactError(Exception):
    """A compiled fit can't be used or made; the message says which and why."""


def cache_folder() -> Path:
    """Return `HMR_CACHE` if set, else `hmr` in the user's cache folder."""
    if os.environ.get("HMR_CACHE"):
        return Path(os.environ["HMR_CACHE"])
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "hmr"


def artifact_folder(key: dict[str, str], cache: Path) -> Path:
    """Return the folder of a key's artifact, which need not exist."""
    return cache / "compiled" / name_of(key)


def load(
    recovery: Recovery, body: Body, key: dict[str, str], cache: Path, threads: int = 1
) -> dict[str, Run] | None:
    """Load the graphs of a key with the numbers of recovery and body; None if they were not compiled.

    Args:
        recovery: must not change while the fit is in use.
        body: must not change either.
        key: of recovery and body, see `key_of`.
        cache: the folder of all artifacts.
        threads: number of threads that may run a graph at a time.

    Returns:
        A function for each graph, by its name.

    Raises:
        ArtifactError: the artifact is broken or not trustworthy.
    """
    folder = artifact_folder(key, cache)
    if not folder.exists():
        return None
    check(folder, key)
    try:
        return {
            name: _run(Parts(recovery, body, graph), folder / graph_file(name), threads)
            for name, graph in GRAPHS.items()
        }
    except RuntimeError as error:
        raise ArtifactError(f"{folder} can't be loaded: {error}") from error


def check(folder: Path, key: dict[str, str]) -> None:
    """Check an artifact before a byte of it is loaded.

    Raises:
        ArtifactError: the artifact belongs to another user or key, or was changed.
    """
    try:
        for path in (folder, *(folder / name for name in (NOTE, *FILES))):
            _check_owner(path)
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        if note["key"] != key:
            raise ArtifactError(f"{folder} was compiled for something else.")
        for name in FILES:
            if note["sha256"][name] != _sha256(folder / name):
                raise ArtifactError(f"{folder / name} was changed since it was compiled.")
    except OSError as error:
        raise ArtifactError(f"{error.filename} can't be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{folder / NOTE} is no note of a compiled fit: {error!r}.") from error


def make(compile_graphs: Callable[[Path], None], key: dict[str, str], cache: Path) -> Path:
    """Compile graphs into a new folder and put it in the place of the key's artifact, all at once.

    Args:
        compile_graphs: writes the graphs into a folder.
        key: of recovery and body, see `key_of`.
        cache: the folder of all artifacts.

    Raises:
        ArtifactError: the graphs can't be compiled here, or not be written.
    """
    target = artifact_folder(key, cache)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A private folder, closed to other users.
        made = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
        try:
            compile_graphs(made)
            write_note(made, key)
            _put(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise ArtifactError(f"{target} can't be written: {error}") from error
    except (RuntimeError, AssertionError) as error:
        raise ArtifactError(f"The fit can't be compiled here: {error}") from error
    return target


def write_note(folder: Path, key: dict[str, str]) -> None:
    """Write the note of a folder: the key, and the hashes of its graphs."""
    note = {"key": key, "sha256": {name: _sha256(folder / name) for name in FILES}}
    (folder / NOTE).write_text(json.dumps(note, indent=2), encoding="utf-8")


def _put(made: Path, target: Path) -> None:
    """Move a finished folder to its place; processes that have loaded the old one keep it."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
        target.rename(old / target.name)
        shutil.rmtree(old)
    made.rename(target)


def _run(parts: Parts, path: Path, threads: int) -> Run:
    graph, numbers = open_graph(path, threads), list(parts.numbers().values())
    return lambda given: graph([*numbers, *given])


def _check_owner(path: Path) -> None:
    found = path.stat()
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise ArtifactError(f"{path} belongs to another user, and is not loaded.")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ArtifactError(f"{path} can be written by others, and is not loaded.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
