"""Processes that train together take the path of one; signals stop a run after it has saved."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from model.body.file import save_body
from model.train.run import RunFiles, run
from tests.model.train.files import write_run_files
from tests.paths import ROOT
from tests.stick_body import stick_body

COMPARED = 6  # iterations, of both stages


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    """A run that takes three iterations without steps, then endlessly many with one."""
    save_body(stick_body(), tmp_path / "stick.safetensors")
    return write_run_files(tmp_path, iterations=100_000)


def begun(files: RunFiles, out: Path, **environment: str) -> subprocess.Popen[str]:
    """`python -m model.train` in the background, once it has logged some iterations."""
    given = ["--config", files.config, "--data", *files.data, "--validation", *files.validation]
    command = [sys.executable, "-m", "model.train", *map(str, [*given, "--out", out, "--body", files.body])]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_for_iterations(folder: Path, count: int, processes: list[subprocess.Popen[str]]) -> None:
    deadline = time.monotonic() + 200
    path = folder / "log.jsonl"
    while not (path.exists() and path.read_text().count("\n") >= count):
        assert all(process.poll() is None for process in processes), "the run ended by itself"
        assert time.monotonic() < deadline, "the run did not begin"
        time.sleep(0.05)


def ended(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Return the standard error of each process after a signal."""
    try:
        reported = [process.communicate(timeout=100)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [130] * len(processes), reported
    return reported


def losses(folder: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [record for record in records if record["event"] == "train"]


def numbers(records: list[dict[str, Any]]) -> torch.Tensor:
    names = ("loss", "rotation", "joints", "betas", "reprojection", "norm")
    return torch.tensor([[record[name] for name in names] for record in records])


def test_two_processes_take_the_path_of_one_and_stop_together(files: RunFiles, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    out = tmp_path / "shared"
    pair = [begun(files, out, RANK=rank, **together) for rank in ("0", "1")]
    try:
        wait_for_iterations(out, COMPARED, pair)
        pair[1].send_signal(signal.SIGTERM)  # to one of them: both stop
    finally:
        ended(pair)
    shared = losses(out)
    assert [record["iteration"] for record in shared] == list(range(1, len(shared) + 1))
    assert torch.load(out / "checkpoint.pt", weights_only=True)["iteration"] == len(shared)

    def stop(line: str) -> None:
        if line.startswith(f"train: iteration {COMPARED},"):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(files, report=stop)
    torch.testing.assert_close(numbers(shared[:COMPARED]), numbers(losses(files.out)), rtol=1e-5, atol=1e-5)


def test_ctrl_c_saves_and_reports_it(files: RunFiles) -> None:
    process = begun(files, files.out)
    try:
        wait_for_iterations(files.out, 2, [process])
        process.send_signal(signal.SIGINT)
    finally:
        (reported,) = ended([process])
    assert reported == f"Stopped; the same command goes on from {files.out}.\n"
    last = losses(files.out)[-1]["iteration"]
    assert torch.load(files.out / "checkpoint.pt", weights_only=True)["iteration"] == last
    assert not (files.out / "recovery.safetensors").exists()
