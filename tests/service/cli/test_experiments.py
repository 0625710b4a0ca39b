"""`hmr experiments ablation`: a quick run from nothing, and inputs that are told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.main import app

RUN = CliRunner()


def test_a_quick_ablation_needs_no_files(tmp_path: Path) -> None:
    given = ["experiments", "ablation", "--quick", "--rows", "lsr1,adam", "--out", str(tmp_path)]
    result = RUN.invoke(app, given)
    assert result.exit_code == 0, result.output
    text = (tmp_path / "table.md").read_text()
    assert all(f"| {row} |" in text for row in ("lsr1", "adam"))
    again = RUN.invoke(app, given)
    assert again.output.count("finished before") == 2


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ([], 2, "--quick"),
        (["--data", "poses.npz"], 2, "--validation"),
        (["--quick", "--rows", "lrs1"], 1, "no row lrs1"),
        (["--quick", "--seeds", "one"], 2, "'one' is no list of numbers"),
        (["--data", "none.npz", "--validation", "none.npz"], 1, "none.npz"),
    ],
)
def test_what_can_t_be_used_is_told(given: list[str], status: int, said: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["experiments", "ablation", "--out", str(tmp_path), *given])
    assert result.exit_code == status
    assert said in result.output
    assert "Traceback" not in result.output
