"""The identity of a run distinguishes runs and names their differences."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model.body.body import Body
from model.body.file import fingerprint, save_body
from model.fit.network import Recovery
from model.train.checkpoint import CheckpointError
from model.train.config import StageConfig, TrainConfig
from model.train.identity import RunInputs, TrainData, body_identity, differences
from model.train.loop import train
from tests.model.people import tiny_recovery
from tests.model.train.runs import CONFIG, DATA, library, tiny_run
from tests.stick_body import stick_body

OTHER_BODY = replace(stick_body(), v_template=stick_body().v_template * 1.01)

CHANGES = {
    "equal": ({"a": 1}, {"a": 1}, []),
    "a value": ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b: 1 there, 2 here"]),
    "lists and tuples alike": ({"a": [1, 2]}, {"a": (1, 2)}, []),
    "within a list": ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, ["a.1.b: 2 there, 3 here"]),
    "a key more": ({}, {"a": 1}, ["a: nothing there, 1 here"]),
    "a key less": ({"a": 1}, {}, ["a: 1 there, nothing here"]),
    "a table for a value": ({"a": 1}, {"a": {"b": 1}}, ["a: 1 there, {'b': 1} here"]),
    "several": ({"a": 1, "b": 1}, {"a": 2, "b": 2}, ["a: 1 there, 2 here", "b: 1 there, 2 here"]),
}


@pytest.mark.parametrize(("there", "here", "found"), CHANGES.values(), ids=CHANGES)
def test_differences_are_named_by_their_path(there: object, here: object, found: list[str]) -> None:
    assert differences(there, here) == found


def test_a_body_is_known_by_the_hash_of_its_file(body: Body, tmp_path: Path) -> None:
    save_body(body.arrays, tmp_path / "body.safetensors")
    assert body_identity(body) == {
        "name": "stick",
        "sha256": fingerprint(tmp_path / "body.safetensors"),
    }


def identity(
    body: Body, config: TrainConfig = CONFIG, data: TrainData | None = None, start: Recovery | None = None
) -> dict[str, Any]:
    return RunInputs(config, data or TrainData(library(), library()), body, start).identity


def test_every_input_changes_the_identity(body: Body) -> None:
    made = [
        identity(body),
        identity(body, replace(CONFIG, clip=2.0)),
        identity(body, data=TrainData(library(7), library())),
        identity(body, data=TrainData(library(seed=3), library())),
        identity(body, data=TrainData(library(), library(seed=3))),
        identity(Body(OTHER_BODY)),
        identity(body, start=tiny_recovery()),
    ]
    assert all(differences(made[i], made[j]) for i in range(len(made)) for j in range(i))
    assert made[0] == identity(body)


@pytest.fixture
def short(tmp_path: Path, body: Body) -> Path:
    """The folder of a run of one iteration."""
    tiny_run(tmp_path, body, SHORT)
    return tmp_path


SHORT = replace(CONFIG, stages=(StageConfig(iterations=1, batch=2),))


def test_another_body_or_other_poses_are_refused_by_name(short: Path, body: Body) -> None:
    with pytest.raises(CheckpointError, match=r"body\.sha256"):
        tiny_run(short, Body(OTHER_BODY), SHORT)
    other = TrainData(library(9), DATA.validation)
    with pytest.raises(CheckpointError, match=r"data\.poses: 6 there, 9 here; data\.sha256"):
        train(RunInputs(SHORT, other, body), short, report=lambda line: None)
    longer = replace(SHORT, stages=(StageConfig(iterations=2, batch=2),))
    with pytest.raises(CheckpointError, match=r"config\.stages\.0\.iterations: 1 there, 2 here"):
        tiny_run(short, body, longer)


def test_when_it_reports_may_change(short: Path, body: Body) -> None:
    tiny_run(short, body, replace(SHORT, log_every=7, save_every=7, validate_every=7))


def test_a_run_resumes_from_a_checkpoint_with_earlier_names_of_settings(short: Path, body: Body) -> None:
    values = torch.load(short / "checkpoint.pt", weights_only=True)
    optimizer = values["identity"]["config"]["recovery"]["optimizer"]
    optimizer["told"], optimizer["largest_step"] = optimizer.pop("metric_input"), optimizer.pop("max_step")
    torch.save(values, short / "checkpoint.pt")
    tiny_run(short, body, SHORT)
    optimizer["told"] = "another"
    torch.save(values, short / "checkpoint.pt")
    with pytest.raises(CheckpointError, match=r"optimizer\.metric_input: another there"):
        tiny_run(short, body, SHORT)


def test_a_checkpoint_of_another_version_is_an_error(short: Path, body: Body) -> None:
    values = torch.load(short / "checkpoint.pt", weights_only=True)
    del values["identity"]
    torch.save(values, short / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="another version"):
        tiny_run(short, body, SHORT)
