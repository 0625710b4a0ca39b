"""Results in files: as they were, and never of other things."""

from pathlib import Path

import pytest

from model.benchmark.dataset import DatasetError
from model.benchmark.result import MethodCost, MethodScore, load, save
from tests.model.benchmark.results import IDENTITY, a_cost, a_score


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    assert load(MethodScore, tmp_path, IDENTITY, "set", "adam") is None
    score, cost = a_score("adam"), a_cost("adam", batched=None)
    save(score, tmp_path)
    save(cost, tmp_path)
    assert load(MethodScore, tmp_path, IDENTITY, "set", "adam") == score
    assert load(MethodCost, tmp_path, IDENTITY, "cost", "adam") == cost
    assert not list(tmp_path.rglob("*.part"))


def test_results_of_other_weights_are_refused(tmp_path: Path) -> None:
    save(a_score("adam"), tmp_path)
    with pytest.raises(DatasetError, match="of another weights, people: give another folder"):
        load(MethodScore, tmp_path, {**IDENTITY, "weights": "2", "people": 4}, "set", "adam")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"method": "adam"}'])
def test_broken_results_are_errors(text: str, tmp_path: Path) -> None:
    save(a_score("adam"), tmp_path)
    (tmp_path / "results" / "set--adam.json").write_text(text)
    with pytest.raises(DatasetError, match=r"set--adam\.json is no result"):
        load(MethodScore, tmp_path, IDENTITY, "set", "adam")
