"""The meta-training loop: draw people, unroll the optimizer, take one AdamW step; validate and save."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from model.body.body import Body
from model.data.library import PoseLibrary
from model.data.synthesis import draw_people
from model.evaluate.poses import StepErrors, evaluate_poses
from model.recovery import Recovery
from model.train.checkpoint import TrainState, fresh_state, load_checkpoint, save_checkpoint
from model.train.config import StageConfig, TrainConfig
from model.train.log import RunLog
from model.train.loss import meta_loss

# Steps at which a run is validated while it trains: those of the answer that is served.
VALIDATED_STEPS = 4


@dataclass(frozen=True)
class TrainData:
    """Poses to train on and to validate on."""

    train: PoseLibrary
    validation: PoseLibrary


def train(
    config: TrainConfig,
    data: TrainData,
    body: Body,
    folder: Path,
    *,
    start: Recovery | None = None,
    say: Callable[[str], None] = print,
) -> Recovery:
    """Run, or resume, a training run in `folder`; returns the averaged weights.

    Ctrl-C and SIGTERM save a checkpoint and raise KeyboardInterrupt; calling again goes on from there,
    on the same trajectory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state, log = fresh_state(config, start), RunLog(folder, say)
    if load_checkpoint(state, config, folder):
        log.write("resumed", iteration=state.iteration)
    with _stop_signals() as stopped:
        for stage, within in _remaining(config, state.iteration):
            parts = _iterate(config, stage, within, state, data, body)
            _report(config, stage, state, parts, log)
            if state.iteration % config.validate_every == 0:
                _validate(state, data, body, log)
            if state.iteration % config.save_every == 0 or stopped():
                save_checkpoint(state, config, folder)
            if stopped():
                log.write("stopped", iteration=state.iteration)
                raise KeyboardInterrupt
    if state.iteration % config.validate_every:  # else it was done in the loop
        _validate(state, data, body, log)
    save_checkpoint(state, config, folder)
    return state.average


def _remaining(config: TrainConfig, done: int) -> Iterator[tuple[StageConfig, int]]:
    """Each iteration yet to do: its stage and its place within it."""
    first = 0
    for stage in config.stages:
        for within in range(max(done - first, 0), stage.iterations):
            yield stage, within
        first += stage.iterations


def _iterate(
    config: TrainConfig, stage: StageConfig, within: int, state: TrainState, data: TrainData, body: Body
) -> dict[str, float]:
    """One meta-iteration; returns the parts of the loss and the gradient's norm."""
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + state.iteration)
    with torch.no_grad():
        observation, truth = draw_people(data.train, body, stage.batch, config.synthesis, generator)
    space, trajectory = state.recovery.trajectory(
        body, observation, stage.unroll, differentiable=True, detached=config.detached
    )
    loss, parts = meta_loss(trajectory, space, truth, config.loss)
    state.adamw.zero_grad(set_to_none=True)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(state.recovery.parameters(), config.clip)
    _set_rates(state, stage, within)
    if bool(norm.isfinite()):
        state.adamw.step()
        decay = min(config.average, (state.iteration + 1) / (state.iteration + 10))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(state.average.parameters()), list(state.recovery.parameters()), 1 - decay
            )
            for mean, last in zip(state.average.buffers(), state.recovery.buffers(), strict=True):
                mean.copy_(last)  # BatchNorm's, themselves moving averages
    state.iteration += 1
    return {"loss": float(loss.detach()), **parts, "norm": float(norm)}


def _set_rates(state: TrainState, stage: StageConfig, within: int) -> None:
    warm = min(1.0, (within + 1) / max(stage.warmup, 1))
    cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * within / stage.iterations))
    rates = {"initializer": stage.initializer_rate, "optimizer": stage.optimizer_rate}
    for group in state.adamw.param_groups:
        group["lr"] = rates[group["name"]] * warm * cosine


_clock = {"time": time.perf_counter(), "people": 0.0}


def _report(
    config: TrainConfig, stage: StageConfig, state: TrainState, parts: dict[str, float], log: RunLog
) -> None:
    _clock["people"] += stage.batch
    if state.iteration % config.log_every:
        return
    rate = _clock["people"] / (time.perf_counter() - _clock["time"])
    _clock.update(time=time.perf_counter(), people=0.0)
    log.write("train", iteration=state.iteration, unroll=stage.unroll, people_per_second=rate, **parts)


def _validate(state: TrainState, data: TrainData, body: Body, log: RunLog) -> None:
    results = evaluate_poses(state.average, body, data.validation, VALIDATED_STEPS)
    for name, errors in results.items():
        log.write("validation", iteration=state.iteration, data=name, **_columns(errors))
    state.best = min(state.best, sum(errors.pa_mpjpe_mm[-1] for errors in results.values()) / len(results))


def _columns(errors: StepErrors) -> dict[str, list[float]]:
    return {name: [round(v, 3) for v in values] for name, values in vars(errors).items()}


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a question that the loop asks between iterations."""
    asked: list[int] = []
    old = {
        number: signal.signal(number, lambda n, _: asked.append(n))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
