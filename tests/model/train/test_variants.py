"""Runs for comparison: a frozen guess, steps that learn by themselves, BatchNorm."""

from dataclasses import replace
from pathlib import Path

import torch

from model.body.body import Body
from tests.model.people import TINY, tiny_recovery
from tests.model.train.runs import CONFIG, tiny_run


def test_a_frozen_guess_stays_while_its_context_learns(tmp_path: Path, body: Body) -> None:
    begun = tiny_recovery()
    trained = tiny_run(
        tmp_path, body, replace(CONFIG, stages=CONFIG.stages[1:], freeze_guess=True), start=begun
    )
    before = begun.state_dict()
    moved = {name for name, value in trained.state_dict().items() if not torch.equal(value, before[name])}
    assert {name for name in moved if name.startswith("initializer")} == {
        "initializer.context.weight",
        "initializer.context.bias",
    }
    assert any(name.startswith("optimizer") for name in moved)


def test_detached_steps_learn_otherwise(tmp_path: Path, body: Body) -> None:
    through = tiny_run(tmp_path / "through", body)
    alone = tiny_run(tmp_path / "alone", body, replace(CONFIG, detached=True))
    assert not torch.equal(through.coordinates, alone.coordinates)


def test_batch_norm_s_averages_are_kept(tmp_path: Path, body: Body) -> None:
    """They are no parameters, so no optimizer moves them."""
    sizes = replace(TINY, optimizer=replace(TINY.optimizer, norm="batch"))
    average = tiny_run(tmp_path, body, replace(CONFIG, recovery=sizes))
    means = [value for name, value in average.named_buffers() if name.endswith("running_mean")]
    assert means
    assert all((mean != 0).any() for mean in means)
