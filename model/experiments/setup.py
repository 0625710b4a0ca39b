"""The common setup of an ablation's rows: the initializer, the body, the data and the budget."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import NUM_JOINTS
from model.data.library import PoseLibrary, load_library
from model.fit.initializer import NUM_PREDICTED, Initializer
from model.fit.network import Recovery
from model.rotation import rotvec_to_matrix
from model.train.config import TrainConfig
from model.train.identity import TrainData


@dataclass(frozen=True)
class Budget:
    """Budget of training and measuring, the same for every row.

    Attributes:
        iterations, batch, unroll: meta-iterations, people in each, steps that the loss reaches back through.
        rate: AdamW's, the same for the optimizer and the context that it is handed.
        steps: of a learned optimizer after which errors are reported.
        classical_steps: of the classical ones.
        tuning: validation poses on which the rates of the classical ones are chosen.
        compile: compile what is trained, which pays from about a hundred iterations on.
    """

    iterations: int = 1200
    batch: int = 128
    unroll: int = 4
    rate: float = 1e-3
    steps: tuple[int, ...] = (4, 8, 13)
    classical_steps: tuple[int, ...] = (4, 20, 100)
    tuning: int = 256
    compile: bool = True


QUICK = Budget(iterations=2, batch=4, unroll=2, steps=(1, 2), classical_steps=(2, 3), tuning=4, compile=False)


@dataclass(frozen=True)
class Setup:
    """Everything but the row.

    Attributes:
        start: gives all rows their initializer, with a frozen guess.
        body: the body.
        data: poses to train on and to validate on.
        config: the training run, still without stages.
        budget: the common budget.
    """

    start: Recovery
    body: Body
    data: TrainData
    config: TrainConfig
    budget: Budget

    def budget_values(self) -> dict[str, Any]:
        """Return what results must have in common to stand in one table, as JSON has it."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self.budget)))
        poses = {name: len(library) for name, library in vars(self.data).items()}
        return {**values, "poses": poses}


def load_data(data: Sequence[Path], validation: Sequence[Path], shares: Sequence[float]) -> TrainData:
    """Load pose libraries from files; LibraryError if one can't be used."""
    return TrainData(load_library(data, shares or None), load_library(validation))


def synthetic_data(count: int = 8) -> TrainData:
    """Draw random poses, for a try without files."""

    def library(seed: int) -> PoseLibrary:
        turns = torch.randn(count, NUM_JOINTS, 3, generator=torch.Generator().manual_seed(seed)) * 0.2
        return PoseLibrary(rotvec_to_matrix(turns), torch.full((count,), 1 / count))

    return TrainData(library(0), library(1))


@torch.no_grad()
def answer_always(initializer: Initializer, rotations: Tensor) -> None:
    """Make an initializer return rotations (24, 3, 3) and the mean shape for every person."""
    for head in (initializer.rotations, initializer.betas):
        head.weight.zero_()
        head.bias.zero_()
    initializer.rotations.bias.copy_(rotations[:NUM_PREDICTED, :, :2].flatten())
