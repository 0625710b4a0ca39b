"""One meta-iteration: draw people, unroll the optimizer, take one AdamW step."""

import math

import torch
from torch import Tensor

from model.optimizer.unroll import Mode
from model.train.checkpoint import TrainState
from model.train.config import StageConfig, TrainConfig
from model.train.distributed import Processes
from model.train.loss import meta_loss
from model.train.sampler import PeopleSampler, Progress


def iterate(
    config: TrainConfig, place: Progress, state: TrainState, stream: PeopleSampler, processes: Processes
) -> dict[str, float]:
    """One meta-iteration; returns the parts of the loss, over all processes, and the gradient's norm."""
    stage = config.stages[place.stage]
    observation, truth = stream.people(place)
    steps = stage.steps(place.iteration)
    mode = Mode(differentiable=True, detached=config.detached)
    space, trajectory = state.recovery.trajectory(stream.body, observation, steps, mode=mode)
    loss, parts = meta_loss(trajectory, space, truth, config.loss)
    share = len(truth.betas) / stage.batch
    state.adamw.zero_grad(set_to_none=True)
    (loss * share).backward()
    names, values = ["loss", *parts], torch.tensor([float(loss.detach()), *parts.values()]) * share
    gradients = [p.grad for p in state.recovery.parameters() if p.grad is not None]
    processes.add_up([*gradients, values])
    norm = _clip(gradients, config.clip)
    _set_rates(state, stage, place.iteration)
    if math.isfinite(norm):
        _step(config, state)
    state.iteration += 1
    return {**dict(zip(names, values.tolist(), strict=True)), "norm": norm}


def _clip(gradients: list[Tensor], largest: float) -> float:
    """Shorten the gradient to `largest`, and give its norm before; one that is short enough isn't touched."""
    norm = torch.nn.utils.get_total_norm(gradients)
    if not norm <= largest:
        torch._foreach_mul_(gradients, largest / (norm + 1e-6))
    return float(norm)


def _step(config: TrainConfig, state: TrainState) -> None:
    """AdamW's step, and the average's after it."""
    state.adamw.step()
    decay = min(config.average, (state.iteration + 1) / (state.iteration + 10))
    with torch.no_grad():
        torch._foreach_lerp_(list(state.average.parameters()), list(state.recovery.parameters()), 1 - decay)
        for mean, last in zip(state.average.buffers(), state.recovery.buffers(), strict=True):
            mean.copy_(last)  # BatchNorm's, themselves moving averages


def _set_rates(state: TrainState, stage: StageConfig, within: int) -> None:
    warm = min(1.0, (within + 1) / max(stage.warmup, 1))
    cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * within / stage.iterations))
    rates = {"initializer": stage.initializer_rate, "optimizer": stage.optimizer_rate}
    for group in state.adamw.param_groups:
        group["lr"] = rates[group["name"]] * warm * cosine
