"""Checkpoints: the state from which a run resumes as if it had never stopped."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model.atomic_write import atomic_write
from model.fit.network import Recovery, with_current_names
from model.train.config import TrainConfig
from model.train.identity import differences

_FILE = "checkpoint.pt"
_Tensors = tuple[Tensor, ...] | list[Tensor]


class CheckpointError(Exception):
    """A folder's checkpoint can't be gone on from; the message says why."""


@dataclass
class TrainState:
    """The changing part of a run.

    Attributes:
        recovery: the networks being trained.
        average: moving average of their weights; see `averaged`.
        adamw: the meta-optimizer.
        iteration: meta-iterations done, over all stages. All randomness follows from it and the seed.
        best: lowest validation error so far, millimetres.
    """

    recovery: Recovery
    average: AveragedModel
    adamw: torch.optim.AdamW
    iteration: int = 0
    best: float = float("inf")

    @property
    def averaged(self) -> Recovery:
        """Networks with the averaged weights."""
        assert isinstance(self.average.module, Recovery)
        return self.average.module


def fresh_state(config: TrainConfig, start: Recovery | None = None) -> TrainState:
    """Return the state before the first iteration, from random weights or those of `start`."""
    torch.manual_seed(config.seed)
    recovery = Recovery(config.recovery)
    if start is not None:
        recovery.load_state_dict(start.state_dict())
    average = AveragedModel(recovery, multi_avg_fn=_moving_average(config.average)).requires_grad_(False)
    average.n_averaged.fill_(1)  # the weights before the first iteration count
    if config.freeze_guess:
        for name, parameter in recovery.initializer.named_parameters():
            parameter.requires_grad_(name.startswith("context."))
    recovery.use_bf16(config.bf16)
    if config.compile:
        recovery.compile()
    groups = [
        {"params": list(recovery.initializer.parameters()), "name": "initializer"},
        {"params": [*recovery.optimizer.parameters(), recovery.coordinates], "name": "optimizer"},
    ]
    adamw = torch.optim.AdamW(groups, lr=1e-3, weight_decay=config.weight_decay, fused=True)
    return TrainState(recovery, average.eval(), adamw)


def _moving_average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Return an update of an exponential average that forgets its beginning faster than the decay does."""

    def update(averages: _Tensors, weights: _Tensors, averaged: Tensor | int) -> None:
        count = int(averaged)
        get_ema_multi_avg_fn(min(decay, count / (count + 9)))(averages, weights, averaged)

    return update


def save_checkpoint(state: TrainState, identity: dict[str, Any], folder: Path) -> None:
    """Write the state, and what the run is made of; a reader sees the old file or the new one, never half."""
    values: dict[str, Any] = {
        "recovery": state.recovery.state_dict(),
        "average": state.averaged.state_dict(),
        "n_averaged": int(state.average.n_averaged),
        "adamw": state.adamw.state_dict(),
        "iteration": state.iteration,
        "best": state.best,
        "identity": identity,
    }
    data = io.BytesIO()
    torch.save(values, data)
    atomic_write(folder / _FILE, data.getvalue())


def load_checkpoint(state: TrainState, identity: dict[str, Any], folder: Path) -> bool:
    """Fill the state from a folder's checkpoint; False without one.

    Raises:
        CheckpointError: it is broken, or of a run with another configuration, body or data.
    """
    path = folder / _FILE
    if not path.exists():
        return False
    try:
        values = torch.load(path, weights_only=True)
    except Exception as error:  # a broken file raises almost anything
        raise CheckpointError(f"{path} is broken: {error}. Remove it to start anew.") from error
    if not isinstance(values, dict) or "identity" not in values:
        raise CheckpointError(f"{path} was written by another version of this program: give another folder.")
    found = differences(_with_current_names(values["identity"]), identity)
    if found:
        raise CheckpointError(
            f"{path} is of another run ({'; '.join(found)}): give another folder, or what that run was given."
        )
    state.recovery.load_state_dict(values["recovery"])
    state.averaged.load_state_dict(values["average"])
    # Earlier versions averaged at every iteration.
    state.average.n_averaged.fill_(values.get("n_averaged", values["iteration"] + 1))
    state.adamw.load_state_dict(values["adamw"])
    state.iteration, state.best = values["iteration"], values["best"]
    return True


def _with_current_names(identity: dict[str, Any]) -> dict[str, Any]:
    """Return the identity of a run, which may be of an earlier version, with today's names of settings."""
    config = identity.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("recovery"), dict):
        return identity
    return {**identity, "config": {**config, "recovery": with_current_names(config["recovery"])}}
