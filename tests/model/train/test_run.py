"""From files to served weights: a run, its finished weights, and their release."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model.body.arrays import BodyError
from model.body.file import save_body
from model.data.library import LibraryError
from model.recovery import RecoveryConfig
from model.rotation import matrix_to_rotvec
from model.train.config import ConfigError
from model.train.release import promote
from model.train.run import BODY, RunFiles, load_run, run
from model.weights import WeightsError, load_served
from tests.model.people import random_poses
from tests.stick_body import stick_body

_TOML = """
compile = false
bf16 = false
log_every = 1
[recovery.initializer]
width = 16
blocks = 1
context = 2
[recovery.optimizer]
width = 8
hidden = 8
[[stages]]
iterations = 2
batch = 4
unroll = 1
"""


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    """All that a run needs, on disk."""
    (tmp_path / "tiny.toml").write_text(_TOML)
    poses = matrix_to_rotvec(random_poses(5, seed=0)).numpy()
    np.savez(tmp_path / "poses.npz", poses=poses, trial=np.arange(5))
    save_body(stick_body(), tmp_path / "stick.safetensors")
    data = [tmp_path / "poses.npz"]
    return RunFiles(tmp_path / "tiny.toml", data, data, tmp_path / "out", tmp_path / "stick.safetensors")


def test_a_run_leaves_weights_that_can_be_loaded(files: RunFiles) -> None:
    told: list[str] = []
    path = run(files, say=told.append)
    assert path.parent == files.out
    assert any(line.startswith("train") for line in told)
    recovery = load_run(files.out)
    sizes = json.loads((files.out / "recovery.json").read_text())
    assert RecoveryConfig.from_dict(sizes) == recovery.config
    assert all(parameter.isfinite().all() for parameter in recovery.parameters())


def test_another_run_can_start_from_it(files: RunFiles) -> None:
    run(files, say=lambda line: None)
    still = files.config.with_name("still.toml")
    still.write_text(_TOML + "initializer_rate = 0.0\noptimizer_rate = 0.0\n")
    second = RunFiles(still, files.data, files.validation, files.out.with_name("2"), files.body, files.out)
    run(second, say=lambda line: None)
    before, after = load_run(files.out).state_dict(), load_run(second.out).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_released_weights_are_served(files: RunFiles, tmp_path: Path) -> None:
    run(files, say=lambda line: None)
    folder = tmp_path / "weights"
    save_body(stick_body(), folder / BODY)
    promote(files.out, folder, "0.3")
    served = load_served(folder)
    assert served.version == "0.3"
    trained = load_run(files.out).state_dict()
    loaded = served.fitter.recovery.state_dict()
    assert all(torch.equal(trained[name], loaded[name]) for name in trained)
    assert served.body_sha256 == hashlib.sha256((folder / BODY).read_bytes()).hexdigest()
    promote(files.out, folder, "0.4")
    assert load_served(folder).version == "0.4"
    assert not list(folder.glob("*.part"))


def test_an_unfinished_run_is_not_released(files: RunFiles, tmp_path: Path) -> None:
    save_body(stick_body(), tmp_path / "weights" / BODY)
    with pytest.raises(WeightsError, match="out"):
        promote(files.out, tmp_path / "weights", "0.3")
    assert not (tmp_path / "weights" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("name", "error"),
    [("tiny.toml", ConfigError), ("poses.npz", LibraryError), ("stick.safetensors", BodyError)],
)
def test_a_broken_input_is_told_before_anything_is_written(
    files: RunFiles, name: str, error: type[Exception]
) -> None:
    (files.config.parent / name).write_bytes(b"nothing of the kind")
    with pytest.raises(error, match=name):
        run(files, say=lambda line: None)
    assert not files.out.exists()
