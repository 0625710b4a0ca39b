"""What makes a compiled fit another one."""

from dataclasses import replace

import pytest
import torch

from model.compiled import key
from model.recovery import Recovery
from tests.model.people import TINY
from tests.test_architecture import ROOT, imports, module_name, sources, within

# Nothing that is traced calls them: numbers that are compiled in, or types.
NOT_TRACED = {
    "model",
    "model.body",
    "model.keypoints",
    "model.optimizer",
    "model.compiled",
    "model.body.file",
}


def test_every_module_that_is_traced_counts() -> None:
    reached, todo = set[str](), {"model.compiled.graphs"}
    while todo:
        module = todo.pop()
        reached.add(module)
        todo |= {name for name in imports(module) if name in sources()} - reached
    counted = {module_name(path) for path in key.traced_files()}
    assert {name for name in reached if within(name, "model")} - NOT_TRACED <= counted
    assert all(path.is_file() and path.is_relative_to(ROOT) for path in key.traced_files())


def test_each_part_gives_another_name(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Recovery(replace(TINY, optimizer=replace(TINY.optimizer, rate=0.25)))
    first = key.key_of(recovery, "a", "b")
    assert key.name_of(first) == key.name_of(key.key_of(recovery, "a", "b"))
    keys = [
        first,
        key.key_of(recovery, "b", "b"),
        key.key_of(recovery, "a", "c"),
        key.key_of(other, "a", "b"),
    ]
    for name in ("source_hash", "processor"):
        with monkeypatch.context() as patch:
            patch.setattr(key, name, lambda: "another")
            keys.append(key.key_of(recovery, "a", "b"))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    keys.append(key.key_of(recovery, "a", "b"))
    assert len({key.name_of(one) for one in keys}) == len(keys)
