"""One meta-iteration: draw people, unroll the optimizer, take one AdamW step."""

import math

import torch
from torch.nn.utils import clip_grad_norm_

from model.optimizer.unroll import Mode
from model.train.checkpoint import TrainState
from model.train.config import TrainConfig
from model.train.distributed import Processes
from model.train.loss import meta_loss
from model.train.sampler import PeopleSampler, Progress


def iterate(
    config: TrainConfig, progress: Progress, state: TrainState, sampler: PeopleSampler, processes: Processes
) -> dict[str, float]:
    """Run one meta-iteration; returns the parts of the loss, over all processes, and the gradient's norm."""
    stage = config.stages[progress.stage]
    observation, truth = sampler.people(progress)
    steps = stage.steps(progress.iteration)
    mode = Mode(differentiable=True, detached=config.detached)
    space, trajectory = state.recovery.trajectory(sampler.body, observation, steps, mode=mode)
    loss, parts = meta_loss(trajectory, space, truth, config.loss)
    share = len(truth.betas) / stage.batch
    state.adamw.zero_grad(set_to_none=True)
    (loss * share).backward()
    names, values = ["loss", *parts], torch.tensor([float(loss.detach()), *parts.values()]) * share
    gradients = [p.grad for p in state.recovery.parameters() if p.grad is not None]
    processes.add_up([*gradients, values])
    norm = float(clip_grad_norm_(state.recovery.parameters(), config.clip))
    rates = stage.rates(progress.iteration)
    for group in state.adamw.param_groups:
        group["lr"] = rates[group["name"]]
    if math.isfinite(norm):
        state.adamw.step()
        state.average.update_parameters(state.recovery)
    state.iteration += 1
    return {**dict(zip(names, values.tolist(), strict=True)), "norm": norm}
