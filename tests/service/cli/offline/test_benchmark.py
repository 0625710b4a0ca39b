"""`hmr evaluate methods`, or `hmr benchmark`: a quick run without data, and unusable inputs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.main import app
from tests.paths import ROOT

RUN = CliRunner()
QUICK = ["benchmark", "--quick", "--methods", "mean-pose,initializer,lsr1-1,smplify-adam,lbfgs-initializer"]


def test_a_quick_benchmark_needs_no_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    given = [*QUICK, "--out", str(tmp_path)]
    result = RUN.invoke(app, given)
    assert result.exit_code == 0, result.output
    assert "LGD was left out" in result.output
    text = (tmp_path / "benchmark.md").read_text()
    assert all(f"| {method} " in text for method in ("mean-pose", "lsr1-1", "smplify-adam"))
    assert {row["dataset"] for row in json.loads((tmp_path / "benchmark.json").read_text())["rows"]} == {
        "samples-clean",
        "samples-noisy",
    }
    assert len(list((tmp_path / "plots").glob("*.png"))) == 5
    again = RUN.invoke(app, given)
    assert again.output.count("finished before") == 15


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ([], 2, "--quick"),
        (["--quick", "--methods", "lrs1-4"], 1, "Unknown method lrs1-4"),
        (["--poses", "none.npz"], 1, "none.npz"),
        (["--films", "none.npz"], 1, "none.npz"),
        (["--detections", "none"], 1, "none"),
        (["--dataset", "ehf"], 1, "NAME=PATH"),
        (["--dataset", "coco=data"], 1, "3dpw-test"),
        (["--dataset", "ehf=none"], 1, "SMPLX_to_J14"),
        (["--quick", "--lgd", "none"], 1, "no finished run"),
        (["--quick", "--regressor", "none.npy"], 1, "none.npy"),
    ],
)
def test_unusable_inputs_are_errors(given: list[str], status: int, said: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["benchmark", "--out", str(tmp_path), *given])
    assert result.exit_code == status
    assert said in result.output
    assert "Traceback" not in result.output


def test_weights_of_another_optimizer_are_no_lgd(tmp_path: Path) -> None:
    weights = ROOT / "weights"
    result = RUN.invoke(app, [*QUICK, "--out", str(tmp_path), "--lgd", str(weights)])
    assert result.exit_code == 1
    assert "lsr1, not LGD" in result.output


def test_evaluate_methods_is_the_same_command() -> None:
    one, other = (
        RUN.invoke(app, [*words, "--help"]).output.partition("Options")[2]
        for words in (["benchmark"], ["evaluate", "methods"])
    )
    assert one == other
    assert "--slowest-people" in one
