"""Weights put together from runs: which part comes from where, and what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.body.file import save_body
from model.train.finished_run import load_run, read_record
from model.train.release.merge_weights import average, graft
from model.train.run import run
from model.weights import WeightsError
from tests.model.train.files import TOML, write_run_files
from tests.stick_body import stick_body


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs of different seeds, so that no weight of one is near that of the other."""
    folder = tmp_path_factory.mktemp("runs")
    save_body(stick_body(), folder / "stick.safetensors")
    first = write_run_files(folder)
    run(first, report=lambda line: None)
    other = folder / "other.toml"
    other.write_text("seed = 2\n" + first.config.read_text())
    run(replace(first, config=other, out=folder / "second"), report=lambda line: None)
    return first.out, folder / "second"


def test_a_graft_has_the_guess_of_one_run_and_the_rest_of_the_other(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    guess, optimizer = (load_run(folder).state_dict() for folder in runs)
    graft(runs[1], runs[0], tmp_path / "new")
    for name, value in load_run(tmp_path / "new").state_dict().items():
        is_guess = name.startswith("initializer.") and not name.startswith("initializer.context.")
        assert torch.equal(value, (guess if is_guess else optimizer)[name]), name
    assert any(not torch.equal(guess[name], optimizer[name]) for name in guess if "context" in name)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_an_average_lies_between(runs: tuple[Path, Path], tmp_path: Path, share: float) -> None:
    one, other = (load_run(folder).state_dict() for folder in runs)
    average(*runs, share, tmp_path / "new")
    for name, value in load_run(tmp_path / "new").state_dict().items():
        expected = (1 - share) * one[name] + share * other[name]
        torch.testing.assert_close(value, expected, atol=2e-3, rtol=1e-2)  # kept in 16 bits
    assert max((one[name] - other[name]).abs().max().item() for name in one) > 0.1


def test_the_record_names_both_runs(runs: tuple[Path, Path], tmp_path: Path) -> None:
    average(*runs, 0.25, tmp_path / "new")
    first, second, new = (read_record(folder) for folder in (*runs, tmp_path / "new"))
    assert first is not None
    assert second is not None
    assert new is not None
    assert new["combined"]["with"] == second["weights"]["sha256"]
    assert "25%" in new["combined"]["how"]
    assert new["config"] == first["config"]
    assert new["weights"]["sha256"] not in (first["weights"]["sha256"], second["weights"]["sha256"])


def test_other_sizes_other_bodies_and_runs_without_a_record_are_refused(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    save_body(stick_body(), tmp_path / "stick.safetensors")
    files = write_run_files(tmp_path)
    files.config.write_text(TOML.format(iterations=1).replace("width = 16", "width = 12"))
    run(files, report=lambda line: None)
    with pytest.raises(WeightsError, match="different sizes"):
        graft(runs[0], files.out, tmp_path / "new")
    with pytest.raises(WeightsError, match="different sizes"):
        average(runs[0], files.out, 0.5, tmp_path / "new")
    record = json.loads((runs[0] / "run.json").read_text())
    stranger = tmp_path / "stranger"
    shutil.copytree(runs[0], stranger)
    (stranger / "run.json").write_text(json.dumps({**record, "body": {"name": "other", "sha256": "0"}}))
    with pytest.raises(WeightsError, match="different bodies"):
        graft(runs[1], stranger, tmp_path / "new")
    (files.out / "run.json").unlink()
    with pytest.raises(WeightsError, match=r"run\.json"):
        average(files.out, files.out, 0.5, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(runs: tuple[Path, Path]) -> None:
    before = load_run(runs[1]).state_dict()
    with pytest.raises(WeightsError, match="holds something"):
        average(*runs, 0.5, runs[1])
    after = load_run(runs[1]).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
