"""A run goes on as if it had never stopped, stops where it is asked to, and learns."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.data.augment import AugmentConfig
from model.data.keypoint_noise import DetectorConfig
from model.data.synthesis import SynthesisConfig
from model.data.viewpoint import ViewConfig
from model.fit.network import Recovery
from model.train import iteration
from model.train.checkpoint import CheckpointError
from model.train.config import VALIDATED_STEPS, StageConfig
from model.train.loss import meta_loss
from tests.model.people import tiny_recovery
from tests.model.train.runs import CONFIG, tiny_run

TOTAL = sum(stage.iterations for stage in CONFIG.stages)


def log_of(folder: Path, event: str) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [record for record in records if record["event"] == event]


def assert_same(one: Recovery, other: Recovery) -> None:
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def at_iteration(number: int, act: Callable[[], object]) -> Callable[[str], None]:
    """Return a `report` that acts when the loop logs that iteration."""

    def report(line: str) -> None:
        if line.startswith(f"train: iteration {number},"):
            act()

    return report


def checkpoint(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = torch.load(folder / "checkpoint.pt", weights_only=True)
    return values


def tensors(value: object) -> list[Tensor]:
    """All tensors within nested dictionaries and lists, in order."""
    if isinstance(value, Tensor):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [tensor for item in inner for tensor in tensors(item)]


@pytest.mark.parametrize(
    ("stop", "number"),
    [(1, signal.SIGINT), (3, signal.SIGINT), (5, signal.SIGINT), (7, signal.SIGINT), (7, signal.SIGTERM)],
)
def test_a_stopped_run_saves_and_goes_on_as_if_it_had_not_stopped(
    tmp_path: Path, body: Body, stop: int, number: signal.Signals
) -> None:
    whole = tiny_run(tmp_path / "whole", body)
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(KeyboardInterrupt):
        tiny_run(tmp_path / "parts", body, report=at_iteration(stop, lambda: signal.raise_signal(number)))
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert checkpoint(tmp_path / "parts")["iteration"] == stop
    assert log_of(tmp_path / "parts", "stopped")[0]["iteration"] == stop
    parts = tiny_run(tmp_path / "parts", body)
    assert_same(parts, whole)
    one, other = (checkpoint(tmp_path / name) for name in ("whole", "parts"))
    assert one["iteration"] == other["iteration"] == TOTAL
    assert one["best"] == other["best"]
    assert all(torch.equal(a, b) for a, b in zip(tensors(one), tensors(other), strict=True))
    losses = [[record["loss"] for record in log_of(tmp_path / name, "train")] for name in ("whole", "parts")]
    assert losses[0] == losses[1]


def test_a_run_that_dies_goes_on_from_its_last_checkpoint(tmp_path: Path, body: Body) -> None:
    config = replace(CONFIG, save_every=2)

    def die() -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        tiny_run(tmp_path / "parts", body, config, report=at_iteration(7, die))
    assert checkpoint(tmp_path / "parts")["iteration"] == 6
    assert not list((tmp_path / "parts").glob("*.part"))
    assert_same(tiny_run(tmp_path / "parts", body, config), tiny_run(tmp_path / "whole", body, config))


def test_a_checkpoint_without_a_count_of_averages_is_resumed(tmp_path: Path, body: Body) -> None:
    with pytest.raises(KeyboardInterrupt):
        tiny_run(tmp_path / "parts", body, report=at_iteration(3, lambda: signal.raise_signal(signal.SIGINT)))
    values = checkpoint(tmp_path / "parts")
    assert values.pop("n_averaged") == 4
    torch.save(values, tmp_path / "parts" / "checkpoint.pt")
    assert_same(tiny_run(tmp_path / "parts", body), tiny_run(tmp_path / "whole", body))


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path: Path, body: Body) -> None:
    tiny_run(tmp_path, body)
    with pytest.raises(CheckpointError, match=r"config\.seed: 1 there, 2 here"):
        tiny_run(tmp_path, body, replace(CONFIG, seed=CONFIG.seed + 1))


def test_a_broken_checkpoint_is_an_error(tmp_path: Path, body: Body) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"half a file")
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is broken"):
        tiny_run(tmp_path, body)


def test_a_finished_run_is_not_trained_on(tmp_path: Path, body: Body) -> None:
    first = tiny_run(tmp_path, body)
    assert_same(tiny_run(tmp_path, body), first)
    assert len(log_of(tmp_path, "train")) == TOTAL


def test_the_seed_decides_everything(tmp_path: Path, body: Body) -> None:
    torch.manual_seed(5)
    one = tiny_run(tmp_path / "one", body)
    torch.manual_seed(6)
    assert_same(tiny_run(tmp_path / "same", body), one)
    other = tiny_run(tmp_path / "other", body, replace(CONFIG, seed=2))
    assert not torch.equal(other.coordinates, one.coordinates)


def test_given_weights_are_where_it_starts(tmp_path: Path, body: Body) -> None:
    still = replace(CONFIG, stages=(StageConfig(iterations=1, initializer_rate=0.0, optimizer_rate=0.0),))
    begun = tiny_recovery(seed=3)
    assert_same(tiny_run(tmp_path, body, still, start=begun), begun)


def test_a_first_stage_without_steps_leaves_the_optimizer_alone(tmp_path: Path, body: Body) -> None:
    config = replace(CONFIG, stages=CONFIG.stages[:1])
    begun = tiny_recovery()
    trained = tiny_run(tmp_path, body, config, start=begun)
    before, after = begun.state_dict(), trained.state_dict()
    for name in before:
        if name.startswith("optimizer"):
            assert torch.equal(before[name], after[name]), name
    assert not torch.equal(before["initializer.first.weight"], after["initializer.first.weight"])


def test_the_second_stage_trains_both_through_the_steps(tmp_path: Path, body: Body) -> None:
    config = replace(CONFIG, stages=CONFIG.stages[1:])
    begun = tiny_recovery()
    trained = tiny_run(tmp_path, body, config, start=begun)
    before, after = begun.state_dict(), trained.state_dict()
    for part in ("initializer.first.weight", "initializer.context.weight", "coordinates"):
        assert not torch.equal(before[part], after[part]), part
    assert all(not torch.equal(before[name], after[name]) for name in before if "optimizer.networks" in name)


def test_a_loss_that_is_not_finite_changes_nothing(
    tmp_path: Path, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iteration, "meta_loss", lambda *given: (meta_loss(*given)[0] * torch.nan, {}))
    begun = tiny_recovery()
    assert_same(tiny_run(tmp_path, body, start=begun), begun)


EASY = replace(
    CONFIG,
    synthesis=SynthesisConfig(
        augment=AugmentConfig(0.0, 0.0, 0.0),
        view=ViewConfig(pitch=5.0, roll=5.0),
        detector=DetectorConfig(perfect=1.0),
        unknown_camera=0.0,
        betas=0.3,
    ),
)


def learned(folder: Path, body: Body, stage: StageConfig, part: str) -> float:
    """Mean of a part of the loss over the last fifth of a run relative to that over the first."""
    tiny_run(folder, body, replace(EASY, stages=(stage,)))
    values: list[float] = [record[part] for record in log_of(folder, "train")]
    fifth = len(values) // 5
    return sum(values[-fifth:]) / sum(values[:fifth])


def test_the_initializer_learns(tmp_path: Path, body: Body) -> None:
    stage = StageConfig(iterations=80, batch=32, warmup=5, initializer_rate=1e-2)
    assert learned(tmp_path, body, stage, "loss") < 0.85


def test_the_optimizer_learns_with_the_initializer_held(tmp_path: Path, body: Body) -> None:
    stage = StageConfig(
        iterations=60, batch=16, unroll=2, warmup=5, initializer_rate=0.0, optimizer_rate=1e-2
    )
    assert learned(tmp_path, body, stage, "reprojection") < 0.95


def test_rates_warm_up_and_fall_to_a_hundredth(
    tmp_path: Path, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[tuple[float, ...]] = []
    step = torch.optim.AdamW.step

    def spy(adamw: torch.optim.AdamW, *given: Any) -> Any:
        rates.append(tuple(group["lr"] for group in adamw.param_groups))
        return step(adamw, *given)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    stage = StageConfig(iterations=40, batch=2, warmup=4, initializer_rate=1e-3, optimizer_rate=1e-4)
    tiny_run(tmp_path, body, replace(CONFIG, stages=(stage,)))
    initializer = [pair[0] for pair in rates]
    assert len(initializer) == 40
    assert initializer[0] == pytest.approx(0.25e-3, rel=0.02)
    assert initializer[:4] == sorted(initializer[:4])
    assert initializer[4:] == sorted(initializer[4:], reverse=True)
    assert max(initializer) <= 1e-3
    assert initializer[-1] == pytest.approx(1e-5, rel=0.2)
    assert all(pair[1] == pytest.approx(pair[0] / 10) for pair in rates)


def test_the_averaged_weights_carry_no_history(tmp_path: Path, body: Body) -> None:
    """Or every iteration would hang on to the one before it."""
    average = tiny_run(tmp_path, body)
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_every_event_is_a_line_of_json(tmp_path: Path, body: Body) -> None:
    reported: list[str] = []
    tiny_run(tmp_path, body, replace(CONFIG, validate_every=4, log_every=3), report=reported.append)
    assert [record["iteration"] for record in log_of(tmp_path, "train")] == [3, 6, 9]
    validations = log_of(tmp_path, "validation")
    assert {record["data"] for record in validations} == {"clean", "noisy"}
    assert {record["iteration"] for record in validations} == {4, 8, TOTAL}
    assert all(len(record["pa_mpjpe_mm"]) == VALIDATED_STEPS + 1 for record in validations)
    assert len(reported) == 3 + len(validations)
