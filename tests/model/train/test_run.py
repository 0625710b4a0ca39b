"""From files to finished weights, and what a run says of itself."""

import json
from pathlib import Path

import pytest
import torch

from model.body.arrays import BodyError
from model.body.file import save_body
from model.data.library import LibraryError
from model.fit.network import RecoveryConfig
from model.train.config import ConfigError
from model.train.finished_run import load_run, read_record
from model.train.run import RunFiles, run
from model.weights import WeightsError, sha256
from tests.model.train.files import TOML, write_run_files
from tests.stick_body import stick_body


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    """All that a run needs, on disk."""
    save_body(stick_body(), tmp_path / "stick.safetensors")
    return write_run_files(tmp_path)


def test_a_run_leaves_weights_that_can_be_loaded(files: RunFiles) -> None:
    reported: list[str] = []
    path = run(files, report=reported.append)
    assert path is not None
    assert path.parent == files.out
    assert any(line.startswith("train") for line in reported)
    recovery = load_run(files.out)
    sizes = json.loads((files.out / "recovery.json").read_text())
    assert RecoveryConfig.from_dict(sizes) == recovery.config
    assert all(parameter.isfinite().all() for parameter in recovery.parameters())
    record = read_record(files.out)
    assert record is not None
    assert record["weights"]["sha256"] == sha256(path.read_bytes())
    assert record["body"]["name"] == "stick"
    assert record["data"]["poses"] == 5
    assert record["config"]["stages"][0]["iterations"] == 3


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weights": {"sha256": 3}, "body": {}}', "\xff"])
def test_a_broken_record_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    with pytest.raises(WeightsError, match=r"run\.json"):
        read_record(tmp_path)


def test_another_run_can_start_from_it(files: RunFiles) -> None:
    run(files, report=lambda line: None)
    still = files.config.with_name("still.toml")
    rates = "initializer_rate = 0.0\noptimizer_rate = 0.0\n"
    still.write_text(TOML.format(iterations=1).replace("batch", rates + "batch"))
    second = RunFiles(still, files.data, files.validation, files.out.with_name("2"), files.body, files.out)
    run(second, report=lambda line: None)
    before, after = load_run(files.out).state_dict(), load_run(second.out).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_another_kind_of_optimizer_starts_from_its_guess(files: RunFiles) -> None:
    run(files, report=lambda line: None)
    other = files.config.with_name("lgd.toml")
    rates = "initializer_rate = 0.0\noptimizer_rate = 0.0\n"
    still = TOML.format(iterations=1).replace("batch", rates + "batch")
    other.write_text(still.replace("[recovery.optimizer]", '[recovery]\nkind = "lgd"\n[recovery.optimizer]'))
    second = RunFiles(other, files.data, files.validation, files.out.with_name("2"), files.body, files.out)
    run(second, report=lambda line: None)
    before, after = load_run(files.out), load_run(second.out)
    assert (before.config.kind, after.config.kind) == ("lsr1", "lgd")
    for name in ("first.weight", "rotations.weight", "betas.bias"):
        assert torch.equal(before.initializer.state_dict()[name], after.initializer.state_dict()[name])


@pytest.mark.parametrize(
    ("name", "error"),
    [("tiny.toml", ConfigError), ("poses.npz", LibraryError), ("stick.safetensors", BodyError)],
)
def test_a_broken_input_is_an_error_before_anything_is_written(
    files: RunFiles, name: str, error: type[Exception]
) -> None:
    (files.config.parent / name).write_bytes(b"nothing of the kind")
    with pytest.raises(error, match=name):
        run(files, report=lambda line: None)
    assert not files.out.exists()
