"""`hmr train`, `hmr weights` and `hmr evaluate`, from poses to served weights, in seconds."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import typer
from torch.distributed.run import get_args_parser
from typer.testing import CliRunner

from model.train.__main__ import main, parser
from model.train.run import CONFIGS
from model.weights import load_served, weights_folder
from service.cli.main import app
from tests.model.train.files import TOML
from tests.paths import ROOT

RUN = CliRunner()
EXAMPLE = ROOT / "examples" / "one_person.json"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A pose library of a few random poses."""
    poses = np.random.default_rng(0).normal(0, 0.2, (6, 24, 3)).astype(np.float32)
    path = tmp_path / "poses.npz"
    np.savez(path, poses=poses, trial=np.array([0, 0, 1, 1, 1, 2], dtype=np.int32))
    return path


def test_from_poses_to_served_weights(library: Path, tmp_path: Path) -> None:
    config, run, served = tmp_path / "tiny.toml", tmp_path / "run", tmp_path / "weights"
    config.write_text(TOML.format(iterations=2))
    given = ["--config", config, "--data", library, "--validation", library, "--out", run]
    trained = RUN.invoke(app, ["train", *map(str, given)])
    assert trained.exit_code == 0, trained.output
    events = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [event["iteration"] for event in events if event["event"] == "train"] == [1, 2, 3, 4, 5]
    assert {event["data"] for event in events if event["event"] == "validation"} == {"clean", "noisy"}

    (served / "body").mkdir(parents=True)
    body = "body/open.safetensors"
    (served / body).write_bytes((weights_folder() / body).read_bytes())
    about = ["--validation", str(library), "--weights", str(served)]
    promoted = RUN.invoke(app, ["weights", "promote", str(run), "--version", "9", *about])
    assert promoted.exit_code == 0, promoted.output
    assert "nothing is served yet" in promoted.output
    assert load_served(served).version == "9"

    again = RUN.invoke(app, ["weights", "check", str(run), "--json", *about])
    assert again.exit_code == 0, again.output
    assert json.loads(again.output)["worse"] is False
    second = ["weights", "promote", str(run), "--version", "10", *about]
    assert "Served no more" in RUN.invoke(app, second).output
    assert (served / "recovery-9.safetensors").exists()
    assert "Removed" in RUN.invoke(app, [*second, "--prune"]).output
    assert [path.name for path in served.glob("recovery-*.safetensors")] == ["recovery-10.safetensors"]

    picture = tmp_path / "plot.png"
    drawn = [RUN.invoke(app, ["train", "plot", str(run), "-o", str(picture)]) for _ in range(2)]
    assert [result.exit_code for result in drawn] == [0, 1]
    assert "plot.png exists; --force" in drawn[1].output
    assert picture.read_bytes().startswith(b"\x89PNG")

    arguments = ["evaluate", "poses", str(library), "--steps", "2", "--json", "--weights", str(served)]
    evaluated = RUN.invoke(app, arguments)
    assert evaluated.exit_code == 0, evaluated.output
    errors = json.loads(evaluated.output)
    assert len(errors["noisy"]["pa_mpjpe_mm"]) == 3
    assert errors["clean"]["true_error_2d"] < 0.01 < errors["noisy"]["true_error_2d"]


def test_quick_goes_from_no_data_to_served_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few iterations; all else is as it ships."""
    monkeypatch.setattr("model.train.run.CONFIGS", tmp_path)
    text = (CONFIGS / "quick.toml").read_text()
    (tmp_path / "quick.toml").write_text(re.sub(r"^iterations = .*", "iterations = 3", text, flags=re.M))
    run, served = tmp_path / "run", tmp_path / "weights"
    trained = RUN.invoke(app, ["train", "--quick", "--out", str(run)])
    assert trained.exit_code == 0, trained.output
    assert "pose prior" in trained.output

    (served / "body").mkdir(parents=True)
    body = "body/open.safetensors"
    (served / body).write_bytes((weights_folder() / body).read_bytes())
    promoted = RUN.invoke(app, ["weights", "promote", str(run), "--version", "q", "--weights", str(served)])
    assert promoted.exit_code == 0, promoted.output
    monkeypatch.setenv("HMR_WEIGHTS", str(served))
    answer = tmp_path / "answer.json"
    fitted = RUN.invoke(app, ["fit", str(EXAMPLE), "-o", str(answer)])
    assert fitted.exit_code == 0, fitted.output
    people = json.loads(answer.read_text())["people"]
    assert people[0]["status"] == "ok"
    assert np.isfinite(people[0]["pose"]).all()


def test_quick_excludes_another_configuration(tmp_path: Path) -> None:
    arguments = ["train", "--quick", "--config", "initializer", "--out", str(tmp_path / "run")]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 1
    assert "--config" in result.output
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("config", "data", "said"),
    [
        ("no_such_config", "poses.npz", "no_such_config"),
        ("initializer", "no_such.npz", "no_such.npz"),
    ],
)
def test_missing_inputs_are_named(config: str, data: str, said: str, library: Path, tmp_path: Path) -> None:
    given = [
        "--config",
        config,
        "--data",
        tmp_path / data,
        "--validation",
        library,
        "--out",
        tmp_path / "run",
    ]
    result = RUN.invoke(app, ["train", *map(str, given)])
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_torchrun_s_way_in_has_the_same_options() -> None:
    command = typer.main.get_command(app)
    context = typer.Context(command)
    run = command.get_command(context, "train").get_command(context, "run")  # type: ignore[attr-defined]
    said = {name for parameter in run.params for name in parameter.opts}
    flags = {name for action in parser()._actions for name in action.option_strings if action.dest != "help"}
    assert said - {"--quick"} == flags  # too small to be shared


def test_torchrun_takes_none_of_the_options_for_its_own() -> None:
    """It looks for its options, and for beginnings of them, among those of the script, too."""
    theirs = get_args_parser()._option_string_actions
    for action in parser()._actions:
        if action.dest != "help":
            assert any(not any(t.startswith(mine) for t in theirs) for mine in action.option_strings), action


def test_missing_inputs_under_torchrun_are_named(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--config", "initializer", "--data", str(tmp_path / "no_such.npz"), "--validation", str(library)]
    assert main(given) == 1
    assert "no_such.npz" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["check", "promote"])
def test_a_folder_that_is_no_run_is_named(word: str, library: Path, tmp_path: Path) -> None:
    given = ["weights", word, str(tmp_path), "--validation", str(library)]
    result = RUN.invoke(app, [*given, *(["--version", "1"] if word == "promote" else [])])
    assert result.exit_code == 1
    assert f"{tmp_path} holds no finished run" in result.output
    assert "Traceback" not in result.output
