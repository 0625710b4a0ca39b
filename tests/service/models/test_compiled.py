"""When the service fits by compiled graphs, and when it does not. Compiles nothing."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from model.fit.compiled import artifact
from model.fit.compiled.aoti import Run
from model.fit.compiled.artifact import FILES, ArtifactError
from model.fit.compiled.graphs import GRAPHS
from model.weights import ServedModel
from service.cli.main import app
from service.doctor.model import check_compiled
from service.models import compiled
from service.settings import Settings
from tests.service.conftest import make_served

ON = Settings(compiled="auto")


@pytest.fixture
def fresh() -> ServedModel:
    """A model of one's own."""
    return make_served()


def put(served: ServedModel, monkeypatch: pytest.MonkeyPatch, factor: float = 1.0) -> None:
    """Let the cache give graphs in eager mode, whose steps give `factor` times what they should."""
    recovery, body = served.fitter.recovery, served.fitter.body
    begin, step, finish = (graph(recovery, body) for graph in GRAPHS.values())

    def scaled(given: list[Tensor]) -> list[Tensor]:
        return [value * factor for value in step(*given)]

    def load(*_: object) -> dict[str, Run]:
        return {"begin": lambda given: begin(*given), "step": scaled, "finish": lambda given: finish(*given)}

    monkeypatch.setattr(artifact, "load", load)


def test_what_is_there_is_used(fresh: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fresh, monkeypatch)
    assert "not in use" in check_compiled(fresh).detail
    assert compiled.use_compiled(fresh, Settings(compiled="off")) is fresh
    used = compiled.use_compiled(fresh, ON)
    assert fresh.fitter.backend is None
    assert used.fitter.backend is not None
    assert check_compiled(used).detail == "in use"


def test_graphs_that_give_other_answers_are_not_used(
    fresh: ServedModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(fresh, monkeypatch, factor=1.01)
    with pytest.raises(ArtifactError, match="other results"):
        compiled.find(fresh, ON)
    assert compiled.use_compiled(fresh, ON) is fresh
    assert "other results" in caplog.text


def test_graphs_that_cannot_run_are_not_used(fresh: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[Tensor]:
        raise RuntimeError("no such symbol")

    monkeypatch.setattr(artifact, "load", lambda *_: dict.fromkeys(GRAPHS, broken))
    with pytest.raises(ArtifactError, match="no such symbol"):
        compiled.find(fresh, ON)


def test_an_empty_cache_leaves_the_fit_eager(fresh: ServedModel, tmp_path: Path) -> None:
    assert compiled.use_compiled(fresh, Settings(compiled="auto", cache=tmp_path)) is fresh


def test_what_was_touched_leaves_the_fit_eager(
    fresh: ServedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(compiled="auto", cache=tmp_path)
    write_junk(monkeypatch)
    folder = compiled.make(fresh, settings, lambda _: None)
    (folder / FILES[1]).write_bytes(b"other")
    assert compiled.use_compiled(fresh, settings) is fresh
    assert "was changed" in caplog.text


def test_lgd_and_64_bits_are_left_alone(fresh: ServedModel) -> None:
    fresh.fitter.recovery.to(torch.float64)
    with pytest.raises(ArtifactError, match="Only L-SR1"):
        compiled.make(fresh, ON, lambda _: None)
    assert compiled.use_compiled(fresh, ON) is fresh


def write_junk(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of the compiler."""

    def compile_graphs(_: object, __: object, folder: Path, report: object) -> None:
        for name in FILES:
            (folder / name).write_bytes(b"no graph")

    monkeypatch.setattr(compiled, "compile_graphs", compile_graphs)


@pytest.fixture
def warm_fresh(fresh: ServedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServedModel:
    """What `hmr warm` compiles, and an empty cache."""
    monkeypatch.setattr("service.models.load.load_model", lambda _: fresh)
    monkeypatch.setenv("HMR_CACHE", str(tmp_path))
    return fresh


def test_warm_tells_what_goes_wrong(warm_fresh: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    write_junk(monkeypatch)
    result = CliRunner().invoke(app, ["warm"])
    assert result.exit_code == 1
    assert "can't be loaded" in result.output
    assert "Traceback" not in result.output


def test_warm_makes_anew_what_was_touched(warm_fresh: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    write_junk(monkeypatch)
    settings = Settings(compiled="auto")
    (compiled.make(warm_fresh, settings, lambda _: None) / FILES[0]).write_bytes(b"other")
    output = CliRunner().invoke(app, ["warm"]).output
    assert "was changed" in output
    # Junk again, but of the compiler's making.
    assert "can't be loaded" in output


def test_without_a_compiler_there_is_a_sentence(
    warm_fresh: ServedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(app, ["warm"])
    assert result.exit_code == 1
    assert "No C++ compiler was found" in result.output


def test_warm_does_nothing_twice(warm_fresh: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    put(warm_fresh, monkeypatch)
    result = CliRunner().invoke(app, ["warm"])
    assert result.exit_code == 0
    assert "Compiled already" in result.output


@pytest.mark.parametrize("batches", ["", "0", "one", "1,5000"])
def test_bench_refuses_such_batches(batches: str) -> None:
    result = CliRunner().invoke(app, ["bench", "--batches", batches])
    assert result.exit_code == 2
    assert "numbers from 1 to 4096" in result.output
