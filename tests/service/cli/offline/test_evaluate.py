"""`hmr evaluate`: refusals, and the table for people."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from service.cli.main import app

RUN = CliRunner()


def test_the_table_has_a_column_for_every_iterate(tmp_path: Path) -> None:
    path = tmp_path / "poses.npz"
    np.savez(path, poses=np.zeros((2, 24, 3), np.float32), trial=np.zeros(2, np.int32))
    result = RUN.invoke(app, ["evaluate", "poses", str(path), "--steps", "3"])
    assert result.exit_code == 0, result.output
    for word in ("initializer", "step 1", "step 3", "pa_mpjpe_mm", "error_2d of the truth itself", "clean"):
        assert word in result.output


@pytest.mark.parametrize(("word", "name"), [("poses", "none.npz"), ("detections", "none"), ("noise", "none")])
def test_missing_inputs_are_named(word: str, name: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["evaluate", word, str(tmp_path / name)])
    assert result.exit_code == 1
    assert name in result.output
    assert "Traceback" not in result.output


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["evaluate", "poses", "poses.npz", "--weights", str(tmp_path)])
    assert result.exit_code == 1
    assert "manifest.json" in result.output
