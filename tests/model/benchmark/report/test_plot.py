"""Pictures: every one with its data, of whatever is finished."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.benchmark.report.plot import draw_all, pictures
from tests.model.benchmark.results import a_cost, a_score

pytest.importorskip("matplotlib")
METHODS = ("mean-pose", "initializer", "lsr1-4", "lsr1-13", "smplify-adam", "smplify-adam-initializer")


def test_every_picture_has_its_data_beside_it(tmp_path: Path) -> None:
    scores = [a_score(name, dataset) for dataset in ("one", "two") for name in METHODS]
    paths = draw_all(scores, [a_cost(name) for name in METHODS], tmp_path / "plots")
    assert len(paths) == 5
    for path in paths:
        assert path.read_bytes()[:4] == b"\x89PNG"
        lines = json.loads(path.with_suffix(".json").read_text())
        assert {line["dataset"] for line in lines} == {"one", "two"}
        assert all(len(line["x"]) == len(line["y"]) for line in lines)


def test_the_longest_run_of_a_learned_optimizer_shows_all_its_steps() -> None:
    scores = [a_score(name) for name in ("lsr1-13", "lsr1-4", "lsr1-8", "lgd-4", "adam")]
    drawn = pictures(scores, [a_cost(score.method) for score in scores])
    assert {line["method"] for line in drawn[0].lines} == {"lsr1-13", "lgd-4", "adam"}


def test_methods_that_fitted_few_are_not_sorted_into_bins() -> None:
    alike: dict[str, Any] = {
        "direction": [0.0] * 40,
        "missing": [0] * 40,
        "errors": {"pa_mpjpe_mm": [1.0] * 40},
    }
    many = a_score("lsr1-4", people=list(range(40)), group=list(range(40)), **alike)
    drawn = pictures([many, a_score("adam")], [a_cost("lsr1-4"), a_cost("adam")])
    assert {line["method"] for line in drawn[3].lines} == {"lsr1-4"}


def test_nothing_finished_is_nothing_drawn(tmp_path: Path) -> None:
    drawn = draw_all([], [], tmp_path)
    assert drawn
    for path in drawn:
        assert json.loads(path.with_suffix(".json").read_text()) == []
