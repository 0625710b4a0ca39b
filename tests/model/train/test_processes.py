"""Processes that train together take the path of one; signals stop a run after it has saved."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from model.body.file import save_body
from model.train.run import RunFiles
from tests.model.train.files import STAGES, write_run_files
from tests.stick_body import stick_body

ROOT = Path(__file__).parents[3]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def command(files: RunFiles, out: Path, *, processes: int = 1) -> list[str]:
    given = ["--config", files.config, "--data", files.data[0], "--validation", files.validation[0]]
    given += ["--out", out, "--body", str(files.body)]
    launcher = TORCHRUN if processes > 1 else []
    return [sys.executable, *launcher, "-m", "model.train", *map(str, given)]


def trained(folder: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [record for record in records if record["event"] == "train"]


def losses(folder: Path) -> torch.Tensor:
    names = ("loss", "rotation", "joints", "betas", "reprojection", "norm")
    return torch.tensor([[record[name] for name in names] for record in trained(folder)])


def weights(folder: Path) -> dict[str, torch.Tensor]:
    values: dict[str, Any] = torch.load(folder / "checkpoint.pt", weights_only=True)
    average: dict[str, torch.Tensor] = values["average"]
    return average


def finish(given: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    save_body(stick_body(), tmp_path / "stick.safetensors")
    return write_run_files(tmp_path)


def test_two_processes_take_the_path_of_one(files: RunFiles, tmp_path: Path) -> None:
    alone = finish(command(files, tmp_path / "alone"))
    shared = finish(command(files, tmp_path / "shared", processes=2))
    assert losses(tmp_path / "shared").shape[0] == STAGES
    torch.testing.assert_close(losses(tmp_path / "shared"), losses(tmp_path / "alone"), rtol=1e-4, atol=1e-5)
    one, other = weights(tmp_path / "alone"), weights(tmp_path / "shared")
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=1e-4, atol=1e-5)
    assert alone.stdout.count("validation") == shared.stdout.count("validation") == 2  # the first one's alone


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_same_command_goes_on(
    files: RunFiles, tmp_path: Path, number: signal.Signals
) -> None:
    endless = write_run_files(tmp_path, name="endless.toml", iterations=100_000)
    out = tmp_path / "out"
    run = subprocess.Popen(
        command(endless, out), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for_line(out / "log.jsonl", run)
        run.send_signal(number)
        _, told = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode == 130
    assert "Stopped" in told
    assert "Traceback" not in told
    last = trained(out)[-1]["iteration"]
    values = torch.load(out / "checkpoint.pt", weights_only=True)
    assert values["iteration"] == last
    assert not (out / "recovery.safetensors").exists()


def wait_for_line(path: Path, run: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not (path.exists() and path.read_text().count("\n") >= 2):
        assert run.poll() is None, "the run ended by itself"
        assert time.monotonic() < deadline, "the run did not begin"
        time.sleep(0.05)
