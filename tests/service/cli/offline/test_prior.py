"""`hmr prior`: build and evaluate, in seconds."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model.prior.file import load_prior
from service.cli.main import app

RUN = CliRunner()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    poses = np.random.default_rng(0).normal(0, 0.2, (40, 24, 3)).astype(np.float32)
    path = tmp_path / "poses.npz"
    np.savez(path, poses=poses, trial=np.arange(40, dtype=np.int32))
    return path


def build(library: Path, out: Path, *more: str) -> tuple[int, str]:
    arguments = [
        "prior",
        "build",
        "--data",
        library,
        "-o",
        out,
        "--components",
        "2",
        "--iterations",
        "2",
        *more,
    ]
    result = RUN.invoke(app, [str(a) for a in arguments])
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def test_from_poses_to_a_measured_prior(library: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out, again, sheet = (tmp_path / name for name in ("a.safetensors", "b.safetensors", "sheet.png"))
    code, output = build(library, out)
    assert code == 0, output
    assert build(library, again)[0] == 0
    assert out.read_bytes() == again.read_bytes()
    provenance = load_prior(out).provenance
    assert list(provenance["data"]) == ["poses.npz"]
    assert provenance["fit"]["components"] == 2
    arguments = [
        "prior",
        "evaluate",
        out,
        "--data",
        library,
        "--train",
        library,
        "--samples",
        "50",
        "--sheet",
        sheet,
    ]
    result = RUN.invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["samples"]["poses"] == 50
    assert report["poses.npz"]["log_likelihood"] == report["train"]["log_likelihood"]
    assert sheet.is_file()


def test_nothing_is_overwritten_unless_asked_to(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "prior.safetensors"
    out.write_bytes(b"precious")
    code, output = build(library, out)
    assert code == 1
    assert "--force" in output
    assert out.read_bytes() == b"precious"
    assert build(library, out, "--force")[0] == 0
    assert load_prior(out)


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--data", "none.npz"], "none.npz"), (["--share", "1", "--share", "1"], "shares"),
     (["--components", "41"], "40 poses"), (["--floor", "0"], "floor")],
)  # fmt: skip
def test_unusable_options_are_errors(library: Path, tmp_path: Path, more: list[str], said: str) -> None:
    code, output = build(library, tmp_path / "prior.safetensors", *more)
    assert code != 0
    assert said in output
    assert not (tmp_path / "prior.safetensors").exists()


def test_a_missing_prior_is_named(library: Path, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["prior", "evaluate", str(tmp_path / "none"), "--data", str(library)])
    assert result.exit_code == 1
    assert "none" in result.output
    assert "Traceback" not in result.output
