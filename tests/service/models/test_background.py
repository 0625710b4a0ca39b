"""Compiling beside a service: with a stand-in for the process that compiles."""

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from model.fit.compiled.artifact import ArtifactError
from model.weights import ServedModel
from service.models import background, compiled
from service.models.background import compile_beside
from service.models.compiled import CompiledModel
from service.settings import Settings
from tests.service.conftest import make_served

FOUND = Path("there")


@pytest.fixture
def fresh() -> ServedModel:
    """A model of one's own."""
    return make_served()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which the stand-in was started."""
    seen: list[Settings] = []

    async def warm(settings: Settings) -> str:
        seen.append(settings)
        return "it broke"

    monkeypatch.setattr(background, "_warm", warm)
    monkeypatch.setattr(compiled, "cannot_be_made", lambda _: "")
    return seen


def run(served: ServedModel, settings: Settings) -> ServedModel | None:
    return asyncio.run(compile_beside(lambda: served, settings))


def test_what_was_made_is_used(
    fresh: ServedModel,
    asked: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = make_served()
    monkeypatch.setattr(compiled, "find", lambda *_: CompiledModel(made, FOUND))
    with caplog.at_level(logging.INFO):
        assert run(fresh, Settings(compiled="background")) is made
    assert len(asked) == 1
    assert f"Fits are compiled: {FOUND}" in caplog.text


@pytest.mark.parametrize("setting", ["auto", "off"])
def test_only_who_wants_it_compiles(fresh: ServedModel, asked: list[Settings], setting: str) -> None:
    run(fresh, Settings(compiled=setting))  # type: ignore[arg-type]
    assert not asked


def test_nothing_is_compiled_twice(fresh: ServedModel, asked: list[Settings]) -> None:
    fitter = fresh.fitter.with_backend(object())  # type: ignore[arg-type]
    run(replace(fresh, fitter=fitter), Settings(compiled="background"))
    assert not asked


def test_without_a_compiler_the_log_says_so(
    fresh: ServedModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", "")
    with caplog.at_level(logging.INFO):
        run(fresh, Settings(compiled="background"))
    assert "No C++ compiler" in caplog.text


def broken(*_: object) -> None:
    raise ArtifactError("it gives other answers")


@pytest.mark.parametrize(
    ("find", "said"), [(lambda *_: None, "it broke"), (broken, "other answers")], ids=["none", "wrong"]
)
def test_what_fails_leaves_the_fit_as_it_is(
    fresh: ServedModel,
    asked: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    find: object,
    said: str,
) -> None:
    monkeypatch.setattr(compiled, "find", find)
    assert run(fresh, Settings(compiled="background")) is None
    assert said in caplog.text


def stand_in(tmp_path: Path, code: str) -> str:
    """A Python that runs this code whatever it is asked to."""
    script = tmp_path / "python"
    script.write_text(f"#!{sys.executable}\n{code}\n")
    script.chmod(0o755)
    return str(script)


def test_the_other_process_has_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, sys\nprint('first')\nprint(*sys.argv[1:], os.environ['HMR_CACHE'])"
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, code))
    said = asyncio.run(background._warm(Settings(cache=Path("elsewhere"))))
    assert said == "-P -m service warm --low-priority elsewhere"


def test_when_the_service_stops_the_other_process_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    code = (
        f"import os, pathlib, time\npathlib.Path({str(begun)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    )
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, code))

    async def stop() -> None:
        task = asyncio.create_task(background._warm(Settings()))
        while not begun.exists() or not begun.read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    assert not Path(f"/proc/{begun.read_text()}").exists()
