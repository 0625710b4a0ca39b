"""Warm start of a run from an earlier run's weights, or as many of them as fit."""

import torch

from model.fit.network import Recovery, RecoveryConfig


def fitting_start(config: RecoveryConfig, earlier: Recovery, seed: int) -> Recovery:
    """The earlier weights; with a fresh optimizer where that is to be of another kind."""
    if config.kind == earlier.config.kind:
        return earlier
    return with_fresh_optimizer(config, earlier, seed)


def with_fresh_optimizer(config: RecoveryConfig, start: Recovery, seed: int) -> Recovery:
    """Networks of `config` with the guess of `start`; optimizer and context are random."""
    torch.manual_seed(seed)
    recovery = Recovery(config)
    take_guess(recovery, start)
    return recovery


def take_guess(recovery: Recovery, other: Recovery) -> None:
    """Give networks the guess of others, all of the initializer but its context."""
    kept = {
        name: value
        for name, value in other.initializer.state_dict().items()
        if not name.startswith("context.")
    }
    recovery.initializer.load_state_dict(kept, strict=False)
