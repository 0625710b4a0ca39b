"""Results beside earlier ones, and the stages of a fit."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.bench.machine import Machine
from service.bench.measure import Timing
from service.bench.report import found, keep, show, slower
from service.bench.stages import stages_of
from service.cli.main import app
from tests.service.conftest import make_served

# Its product takes 2.68 ms.
MACHINE = Machine("a processor", 2, 1, "2", 0.0, gflops=100.0, gflops_16=300.0, gbytes=10.0)


def result(milliseconds: float, machine: Machine = MACHINE) -> dict[str, Any]:
    return found(machine, [Timing("way", 8, 5, 1.0, 2.0, milliseconds, 4.0, 5.0, 1.0)], [])


def test_times_are_given_in_matrix_products() -> None:
    assert result(26.8435456)["fits"][0]["products"] == pytest.approx(10.0)
    # Twice the machine, half the time: the same.
    assert result(5.0, MACHINE._replace(gflops=200.0))["fits"][0]["products"] == pytest.approx(
        result(10.0)["fits"][0]["products"]
    )


def test_slower_fits_are_reported(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    assert slower(result(10.0), history) == []
    for milliseconds in (100.0, 10.0):
        keep(result(milliseconds), history)
    keep(result(1.0, MACHINE._replace(processor="another")), history)
    assert len(history.read_text().splitlines()) == 3
    assert slower(result(12.0), history) == []
    (sentence,) = slower(result(13.0), history)
    assert sentence.startswith("way with 8 people took 4.8 matrix products, and 3.7 on ")


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"machine": 1}'])
def test_a_file_of_another_form_is_no_history(tmp_path: Path, line: str) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"Line 1 of .* is no run"):
        slower(result(1.0), history)


def test_every_stage_is_counted() -> None:
    fitter = make_served().fitter
    one, many = (stages_of(fitter, people, MACHINE, 0.0) for people in (1, 10))
    for alone, together in zip(one, many, strict=True):
        assert together.mflop == pytest.approx(10 * alone.mflop, rel=0.05)
        assert alone.mbytes < together.mbytes < 10 * alone.mbytes
        assert together.floor_ms > 0
        assert together.compiled_ms is None
        assert together.gap == together.eager_ms / together.floor_ms
    # The optimizer's part by hand: per coordinate 5 inputs, a block, two heads, all of width 8; 4 steps.
    networks = 4 * 10 * 70 * 2 * (5 * 8 + 2 * 8 * 8 + 2 * (8 * 8 + 8))
    assert many[1].mflop * 1e6 > networks


def test_tables_and_history_from_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.models.load.load_model", lambda _: make_served())
    monkeypatch.setattr("service.bench.machine.describe", lambda: MACHINE)
    history = tmp_path / "history.jsonl"
    command = ["bench", "--batches", "2", "--seconds", "0", "--profile", "--history", str(history)]
    reported = CliRunner().invoke(app, command)
    assert reported.exit_code == 0, reported.output
    (line,) = history.read_text().splitlines()
    kept = json.loads(line)
    assert [one["people"] for one in kept["stages"]] == [2, 2, 2]
    show(kept)
    shown = capsys.readouterr().out
    assert all(f"{one['mflop']:.1f}" in shown for one in kept["stages"])
