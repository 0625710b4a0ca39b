"""A training run small enough for a test."""

from pathlib import Path
from typing import Any

import torch

from model.body.body import Body
from model.data.keypoint_noise import DetectorConfig
from model.data.library import PoseLibrary
from model.data.synthesis import SynthesisConfig
from model.fit.network import Recovery
from model.train.config import StageConfig, TrainConfig
from model.train.identity import RunInputs, TrainData
from model.train.loop import train
from tests.model.people import TINY, random_poses

CONFIG = TrainConfig(
    stages=(
        StageConfig(iterations=5, batch=6, warmup=2),
        StageConfig(iterations=4, batch=4, unroll=2, warmup=0),
    ),
    recovery=TINY,
    synthesis=SynthesisConfig(detector=DetectorConfig(perfect=0.5)),
    bf16=False,
    compile=False,
    validate_every=100,
    save_every=100,
    log_every=1,
)


def library(count: int = 6, seed: int = 0) -> PoseLibrary:
    return PoseLibrary(random_poses(count, seed), torch.full((count,), 1 / count))


DATA = TrainData(library(), library(4, seed=1))


def tiny_run(folder: Path, body: Body, config: TrainConfig = CONFIG, **options: Any) -> Recovery:
    """Run or resume, by default without reports."""
    inputs = RunInputs(config, DATA, body, options.pop("start", None))
    return train(inputs, folder, **{"report": lambda line: None, **options})
