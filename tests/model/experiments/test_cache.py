"""Parts of an experiment: made once, read later, never mixed; broken files are errors."""

import json
from pathlib import Path

import pytest
import torch

from model.experiments.cache import ResultCache
from model.experiments.errors import ExperimentError


def test_a_part_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> dict[str, float]:
        made.append(1)
        return {"a": 1.5}

    one, again = ResultCache(tmp_path, {"x": (1, 2)}), ResultCache(tmp_path, {"x": [1, 2]})
    assert one.value("p", make) == again.value("p", make) == {"a": 1.5}
    assert made == [1]
    assert again.seconds == one.seconds >= 0


def test_the_time_of_a_part_counts_once(tmp_path: Path) -> None:
    parts = ResultCache(tmp_path, {})
    for name, seconds in (("p", 2.0), ("q", 0.5)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"seconds": seconds, "value": 1}))
    for name in ("p", "q", "p"):
        parts.value(name, int)
    assert parts.seconds == 2.5


def test_tensors_come_back_as_they_were(tmp_path: Path) -> None:
    tensors = {"a": torch.arange(6.0).reshape(2, 3).mT, "b": torch.tensor([1])}
    for make in (lambda: tensors, dict):  # the second time nothing is made
        found = ResultCache(tmp_path, {}).tensors("net", make)
        assert found.keys() == tensors.keys()
        assert all(torch.equal(value, tensors[name]) for name, value in found.items())


def test_an_interrupted_part_leaves_nothing(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ResultCache(tmp_path, {}).value("p", stop)
    assert ResultCache(tmp_path, {}).value("p", lambda: 3) == 3


def test_other_settings_are_refused(tmp_path: Path) -> None:
    ResultCache(tmp_path, {"steps": 1})
    with pytest.raises(ExperimentError, match="other settings"):
        ResultCache(tmp_path, {"steps": 2})


@pytest.mark.parametrize("text", ["half a f", "[]", json.dumps({"seconds": 1})])
def test_a_broken_part_is_an_error(tmp_path: Path, text: str) -> None:
    parts = ResultCache(tmp_path, {})
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(ExperimentError, match=r"p\.json"):
        parts.value("p", int)


def test_broken_tensors_are_an_error(tmp_path: Path) -> None:
    parts = ResultCache(tmp_path, {})
    parts.tensors("net", lambda: {"a": torch.ones(1)})
    (tmp_path / "net.safetensors").write_bytes(b"no")
    with pytest.raises(ExperimentError, match=r"net\.safetensors is broken.*Remove net\.\*"):
        parts.tensors("net", dict)
