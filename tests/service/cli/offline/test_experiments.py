"""`hmr experiments`: quick runs without data, and unusable inputs."""

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
    assert all(f"| {row} " in text for row in ("lsr1", "adam"))
    again = RUN.invoke(app, given)
    assert again.output.count("finished before") == 2


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ([], 2, "--quick"),
        (["--data", "poses.npz"], 2, "--validation"),
        (["--quick", "--rows", "lrs1"], 1, "Unknown row lrs1"),
        (["--quick", "--seeds", "one"], 2, "'one' is no list of numbers"),
        (["--data", "none.npz", "--validation", "none.npz"], 1, "none.npz"),
    ],
)
def test_unusable_inputs_are_errors(given: list[str], status: int, said: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["experiments", "ablation", "--out", str(tmp_path), *given])
    assert result.exit_code == status
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_experiments_are_listed() -> None:
    result = RUN.invoke(app, ["experiments", "list"])
    assert result.exit_code == 0
    assert all(f"{name} " in result.output for name in ("quadratics", "quadratics-ablation", "profiles"))


def test_from_a_quick_run_to_the_page(tmp_path: Path) -> None:
    results, page = tmp_path / "runs", tmp_path / "docs" / "RESULTS.md"
    ran = RUN.invoke(app, ["experiments", "run", "quadratics", "--quick", "--out", str(results)])
    assert ran.exit_code == 0, ran.output
    assert (results / "quadratics" / "result.json").exists()
    given = ["experiments", "report", "--results", str(results), "--out", str(page)]
    assert RUN.invoke(app, given).exit_code == 0
    assert "L-SR1 with projection" in page.read_text()
    again = RUN.invoke(app, given)
    assert again.exit_code == 1
    assert "--force" in again.output
    assert RUN.invoke(app, [*given, "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (["run", "profile"], 1, "Unknown experiment profile; known are quadratics"),
        (["run", "all", "--config", "mine.toml"], 2, "of one experiment"),
        (["run", "profiles", "--config", "none.toml"], 1, "none.toml can't be read"),
        (["report", "--results", "nothing"], 1, "nothing holds no results"),
    ],
)
def test_unknown_experiments_are_errors(given: list[str], status: int, said: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["experiments", *given, "--out", str(tmp_path / "out")])
    assert result.exit_code == status
    assert said in result.output
    assert "Traceback" not in result.output
