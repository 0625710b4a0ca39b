"""The configuration of a training run, read from a TOML file."""

import tomllib
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from model.data.augment import AugmentConfig
from model.data.detector import DetectorConfig
from model.data.synthesis import SynthesisConfig
from model.data.viewpoint import ViewConfig
from model.initializer import InitializerConfig
from model.optimizer.lsr1 import LSR1Config
from model.recovery import RecoveryConfig
from model.train.loss import LossConfig


class ConfigError(Exception):
    """A configuration that can't be used; the message says which key and why."""


@dataclass(frozen=True)
class StageConfig:
    """A part of a run.

    Attributes:
        iterations: meta-iterations.
        batch: people in each.
        unroll: steps of L-SR1 through which the loss reaches back; 0 trains the initializer alone.
        initializer_rate, optimizer_rate: AdamW's learning rates; cosine to a hundredth over the stage.
        warmup: iterations of linear warm-up.
    """

    iterations: int
    batch: int = 256
    unroll: int = 0
    initializer_rate: float = 1e-3
    optimizer_rate: float = 1e-3
    warmup: int = 200


@dataclass(frozen=True)
class TrainConfig:
    """A whole run.

    Attributes:
        stages: trained one after another.
        recovery, synthesis, loss: see there.
        seed: of everything random.
        weight_decay, clip: of AdamW, and of the gradient's norm.
        average: decay of the moving average of the weights, which is what is validated and kept.
        bf16: run the networks in bfloat16 (much faster where the processor has AMX).
        compile: compile the unrolled optimizer and the objective (needs a C++ compiler).
        validate_every, save_every, log_every: iterations.
        data_shares: how often each data file is drawn from; as their sizes if empty.
    """

    stages: tuple[StageConfig, ...]
    recovery: RecoveryConfig = field(default_factory=RecoveryConfig)
    synthesis: SynthesisConfig = field(default_factory=SynthesisConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    seed: int = 1
    weight_decay: float = 1e-2
    clip: float = 1.0
    average: float = 0.999
    bf16: bool = True
    compile: bool = True
    validate_every: int = 2000
    save_every: int = 500
    log_every: int = 100
    data_shares: tuple[float, ...] = ()


def load_config(path: Path) -> TrainConfig:
    """Read a TOML file; ConfigError names an unknown key or a value that doesn't fit."""
    try:
        values = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} can't be read as a configuration: {error}.") from error
    try:
        return config_from_dict(values)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def config_from_dict(values: dict[str, Any]) -> TrainConfig:
    """A configuration from nested tables; ConfigError on an unknown key."""
    tables = dict(values)
    stages = tuple(_build(StageConfig, stage, "stages") for stage in tables.pop("stages", []))
    if not stages:
        raise ConfigError("there must be at least one [[stages]] table.")
    config: TrainConfig = _build(TrainConfig, {**tables, "stages": stages}, "")
    return config


_TABLES: dict[str, type] = {
    "recovery": RecoveryConfig,
    "recovery.initializer": InitializerConfig,
    "recovery.optimizer": LSR1Config,
    "synthesis": SynthesisConfig,
    "synthesis.augment": AugmentConfig,
    "synthesis.view": ViewConfig,
    "synthesis.detector": DetectorConfig,
    "loss": LossConfig,
}


def _build(cls: type, values: dict[str, Any], where: str) -> Any:
    known = {f.name for f in fields(cls)}
    made = {}
    for key, value in values.items():
        path = f"{where}.{key}".lstrip(".")
        if key not in known:
            raise ConfigError(f"unknown key {path}; there are {', '.join(sorted(known))}.")
        if isinstance(value, dict):
            value = _build(_TABLES[path], value, path)
        elif isinstance(value, list):
            value = tuple(value)
        elif is_dataclass(_TABLES.get(path)):
            raise ConfigError(f"{path} must be a table.")
        made[key] = value
    try:
        return cls(**made)
    except TypeError as error:
        raise ConfigError(f"{where or 'the file'}: {error}.") from error
