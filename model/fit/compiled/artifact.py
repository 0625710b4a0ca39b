"""The cache of compiled fits: one folder for each key, with a note of what should be in it.

What lies there is machine code that runs in this process, so nothing is loaded that is not of this very key,
whose hash differs from the note's, or that somebody else could have written.
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
from model.fit.compiled.aoti import open_graph
from model.fit.compiled.graphs import GRAPHS, graph_file
from model.fit.compiled.key import name_of
from model.fit.compiled.pure import Parts
from model.fit.compiled.run import CompiledFit, Run, Runs
from model.fit.network import Recovery

NOTE = "artifact.json"
FILES = [graph_file(name) for name in GRAPHS]


class ArtifactError(Exception):
    """A compiled fit can't be used or made; the message says which and why."""


def cache_folder() -> Path:
    """`HMR_CACHE` if set, else `hmr` in the user's folder of caches."""
    if os.environ.get("HMR_CACHE"):
        return Path(os.environ["HMR_CACHE"])
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "hmr"


def artifact_folder(key: dict[str, str], cache: Path) -> Path:
    """Where the artifact of a key is or would be."""
    return cache / "compiled" / name_of(key)


def load(
    recovery: Recovery, body: Body, key: dict[str, str], cache: Path, threads: int = 1
) -> CompiledFit | None:
    """The compiled fit of a key with the numbers of recovery and body, None if there is none.

    Args:
        recovery: must not change while the fit is in use.
        body: must not change either.
        key: theirs, see `key_of`.
        cache: the folder of all.
        threads: see `CompiledFit`.

    Raises:
        ArtifactError: there is one, and it is not to be trusted or broken.
    """
    folder = artifact_folder(key, cache)
    if not folder.exists():
        return None
    check(folder, key)
    try:
        runs = Runs(
            *(
                _run(Parts(recovery, body, GRAPHS[name]), folder / graph_file(name), threads)
                for name in Runs._fields
            )
        )
    except RuntimeError as error:
        raise ArtifactError(f"{folder} can't be loaded: {error}") from error
    return CompiledFit(runs, threads)


def check(folder: Path, key: dict[str, str]) -> None:
    """Look an artifact over before a byte of it is loaded.

    Raises:
        ArtifactError: it is another's, of another key, or was changed.
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
    """Put down what a folder's graphs were compiled for, and their hashes."""
    note = {"key": key, "sha256": {name: _sha256(folder / name) for name in FILES}}
    (folder / NOTE).write_text(json.dumps(note, indent=2), encoding="utf-8")


def _put(made: Path, target: Path) -> None:
    """Move a finished folder to its place; a process that has the old one loaded keeps it."""
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
