"""Trained optimizers as parts of an experiment: trained once, read from their file later."""

from collections.abc import Callable
from dataclasses import replace

import torch

from model.experiments.analytic.draw import Draw
from model.experiments.analytic.meta import MetaConfig, meta_train
from model.experiments.cache import ResultCache
from model.optimizer.lsr1 import LSR1


def trained(
    cache: ResultCache, name: str, config: MetaConfig, draw: Draw, seed: int, report: Callable[[str], None]
) -> LSR1:
    """The optimizer of that name, in evaluation mode."""

    def train() -> dict[str, torch.Tensor]:
        report(f"{name}: {config.iterations} meta-iterations")
        return meta_train(config, draw, seed, report).state_dict()

    tensors = cache.tensors(name, train)
    solver = LSR1(config.optimizer)
    solver.load_state_dict(tensors)
    return solver.eval()


def with_buffer(solver: LSR1, buffer: int) -> LSR1:
    """The same networks with another buffer length."""
    other = LSR1(replace(solver.config, buffer=buffer))
    other.load_state_dict(solver.state_dict())
    return other.to(solver.networks.vector.last.weight.dtype).eval()
