"""The cache: what is made is found again, and nothing that was touched is loaded. Compiles nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from model.fit.compiled import artifact
from model.fit.compiled.artifact import FILES, NOTE, ArtifactError
from model.fit.compiled.graphs import graph_file
from model.fit.fitter import Fitter

KEY = {"config": "a", "body": "b"}
BEGIN, STEP = graph_file("begin"), graph_file("step")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An artifact whose graphs are a few bytes."""
    return artifact.make(write_names, KEY, tmp_path)


def write_names(folder: Path) -> None:
    for name in FILES:
        (folder / name).write_bytes(name.encode())


def test_what_is_made_stands_the_check(made: Path, tmp_path: Path) -> None:
    artifact.check(made, KEY)
    assert made == artifact.artifact_folder(KEY, tmp_path)
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_there_is_none_of_another_key(made: Path, fitter: Fitter, tmp_path: Path) -> None:
    assert artifact.load(fitter.recovery, fitter.body, {**KEY, "config": "c"}, tmp_path) is None


def test_bytes_that_are_no_graph_are_refused(made: Path, fitter: Fitter, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="can't be loaded"):
        artifact.load(fitter.recovery, fitter.body, KEY, tmp_path)


def moved(folder: Path) -> None:
    note = json.loads((folder / NOTE).read_text())
    (folder / NOTE).write_text(json.dumps({**note, "key": {"config": "c"}}))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / STEP).write_bytes(b"steq"), f"{STEP} was changed"),
        (lambda folder: (folder / BEGIN).unlink(), f"{BEGIN} can't be read"),
        (lambda folder: (folder / NOTE).unlink(), f"{NOTE} can't be read"),
        (lambda folder: (folder / NOTE).write_text("{"), "no note of a compiled fit"),
        (lambda folder: (folder / NOTE).write_text("[]"), "no note of a compiled fit"),
        (moved, "compiled for something else"),
        (lambda folder: (folder / STEP).chmod(0o666), "can be written by others"),
        (lambda folder: folder.chmod(0o777), "can be written by others"),
    ],
    ids=[
        "graph changed",
        "graph gone",
        "note gone",
        "note cut",
        "note of another form",
        "key",
        "file",
        "folder",
    ],
)
def test_what_was_touched_is_not_loaded(
    made: Path, fitter: Fitter, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(made)
    with pytest.raises(ArtifactError, match=said):
        artifact.load(fitter.recovery, fitter.body, KEY, tmp_path)


def test_made_again_it_takes_the_place_of_a_spoilt_one(made: Path, tmp_path: Path) -> None:
    (made / STEP).write_bytes(b"steq")
    assert artifact.make(write_names, KEY, tmp_path) == made
    artifact.check(made, KEY)
    assert [path.name for path in made.parent.iterdir()] == [made.name]


@pytest.mark.parametrize(
    "error", [RuntimeError("no compiler"), KeyboardInterrupt()], ids=["broken", "stopped"]
)
def test_what_is_not_finished_leaves_nothing(made: Path, tmp_path: Path, error: BaseException) -> None:
    def compile_graphs(_: Path) -> None:
        raise error

    shutil.rmtree(made)
    with pytest.raises((ArtifactError, KeyboardInterrupt)):
        artifact.make(compile_graphs, KEY, tmp_path)
    assert not list(made.parent.iterdir())


def test_the_cache_is_where_it_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("HMR_CACHE", raising=False)
    assert artifact.cache_folder() == tmp_path / "hmr"
    monkeypatch.setenv("HMR_CACHE", str(tmp_path / "elsewhere"))
    assert artifact.cache_folder() == tmp_path / "elsewhere"
