"""What makes a compiled fit another one."""

from dataclasses import replace

import pytest

from model.body.body import Body
from model.fit.compiled import key
from model.fit.network import Recovery
from tests.model.people import TINY, tiny_recovery
from tests.test_architecture import ROOT, imports, module_name, sources, within

# Nothing that is traced calls them: numbers that are compiled in, or types.
NOT_TRACED = {
    "model",
    "model.body",
    "model.keypoints",
    "model.optimizer",
    "model.fit.compiled",
    "model.body.file",
}


def test_every_module_that_is_traced_counts() -> None:
    reached, todo = set[str](), {"model.fit.compiled.graphs"}
    while todo:
        module = todo.pop()
        reached.add(module)
        todo |= {name for name in imports(module) if name in sources()} - reached
    counted = {module_name(path) for path in key.traced_files()}
    assert {name for name in reached if within(name, "model")} - NOT_TRACED <= counted
    assert all(path.is_file() and path.is_relative_to(ROOT) for path in key.traced_files())


def test_each_part_gives_another_name(
    recovery: Recovery, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = key.key_of(recovery, body)
    keys = [first, key.key_of(Recovery(replace(TINY, optimizer=replace(TINY.optimizer, rate=0.25))), body)]
    for name in ("source_hash", "processor"):
        with monkeypatch.context() as patch:
            patch.setattr(key, name, lambda: "another")
            keys.append(key.key_of(recovery, body))
    monkeypatch.setattr(body, "has_posedirs", not body.has_posedirs)
    keys.append(key.key_of(recovery, body))
    assert len({key.name_of(one) for one in keys}) == len(keys)


def test_what_was_learned_does_not_count(recovery: Recovery, body: Body) -> None:
    assert key.key_of(recovery, body) == key.key_of(tiny_recovery(seed=1), body)
