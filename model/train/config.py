"""The configuration of a training run, read from a TOML file."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from annotated_types import Ge, Interval, MinLen
from pydantic import ConfigDict, TypeAdapter, ValidationError

from model.data.synthesis import SynthesisConfig
from model.fit.network import RecoveryConfig, with_current_names


class ConfigError(Exception):
    """A configuration that can't be used; the message says which key and why."""


T = TypeVar("T")
Steps = Annotated[int, Ge(0)]
# For a configuration's dataclass and those nested in it: unknown keys are errors, not left aside.
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class LossConfig:
    """Weights of the parts.

    Attributes:
        rotation: of the mean absolute difference of rotation matrices (axis-angle would wrap).
        joints: of the mean distance of joints, metres, relative to the middle of the hips.
        aligned: of the mean distance of the scored joints after the best similarity transform, metres.
        betas: of the mean absolute difference of shape.
        reprojection: of the 2D error, share of the box.
        secant: of |Bq - p|^2, which teaches the metric the secant condition.
        late: weight of the last iterate's loss relative to the first's; those between go evenly.
        corner: differences of a joint's rotation far above this count less and less, by their logarithm, so
            that the likeliest of several poses is learned rather than one between them; 0: all count in full.
    """

    rotation: float = 1.0
    joints: float = 3.0
    aligned: float = 0.0
    betas: float = 0.05
    reprojection: float = 1.0
    secant: float = 1.0
    late: float = 1.0
    corner: float = 0.0


@dataclass(frozen=True)
class StageConfig:
    """A part of a run.

    Attributes:
        iterations: meta-iterations.
        batch: people in each.
        unroll: steps of L-SR1 through which the loss reaches back; 0 trains the initializer alone. Of
            several, iterations take turns.
        initializer_rate, optimizer_rate: AdamW's learning rates; cosine to a hundredth over the stage.
        warmup: iterations of linear warm-up.
    """

    iterations: Annotated[int, Ge(1)]
    batch: Annotated[int, Ge(1)] = 256
    unroll: Steps | Annotated[tuple[Steps, ...], MinLen(1)] = 0
    initializer_rate: float = 1e-3
    optimizer_rate: float = 1e-3
    warmup: int = 200

    def steps(self, iteration: int) -> int:
        """Steps through which an iteration of the stage reaches back."""
        return self.unroll if isinstance(self.unroll, int) else self.unroll[iteration % len(self.unroll)]

    def rates(self, iteration: int) -> dict[str, float]:
        """Return the learning rates of an iteration of the stage, by AdamW's groups."""
        factor = warmup_cosine(iteration, self.warmup, self.iterations)
        return {"initializer": factor * self.initializer_rate, "optimizer": factor * self.optimizer_rate}


def warmup_cosine(iteration: int, warmup: int, iterations: int) -> float:
    """Return the factor of a learning rate: a linear warm-up times a cosine from 1 to a hundredth.

    A function of the iteration alone, so that a resumed run needs no scheduler's state.
    """
    cosine = 0.5 * (1 + math.cos(math.pi * iteration / iterations))
    return min(1.0, (iteration + 1) / max(warmup, 1)) * (0.01 + 0.99 * cosine)


@dataclass(frozen=True)
class TrainConfig:
    """A whole run.

    Attributes:
        stages: trained one after another.
        recovery, synthesis, loss: their configurations.
        seed: of everything random.
        weight_decay, clip: of AdamW, and of the gradient's norm.
        average: decay of the moving average of the weights, which is what is validated and kept.
        bf16: run the networks in bfloat16 (much faster where the processor has AMX).
        compile: compile the unrolled optimizer and the objective (needs a C++ compiler).
        validate_every, save_every, log_every: iterations.
        detached: learn each step by itself, as the published code does, not through the whole trajectory.
        freeze_guess: leave the initializer's pose and shape as they are; its context is trained all the same.
        data_shares: how often each data file is drawn from; as their sizes if empty.
        prior_share: how often the shipped pose prior is drawn from rather than the data files; without data
            files, always.
    """

    stages: Annotated[tuple[StageConfig, ...], MinLen(1)]
    recovery: RecoveryConfig = field(default_factory=RecoveryConfig)
    synthesis: SynthesisConfig = field(default_factory=SynthesisConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    seed: Annotated[int, Ge(0)] = 1
    weight_decay: float = 1e-2
    clip: float = 1.0
    average: float = 0.999
    bf16: bool = True
    compile: bool = True
    validate_every: Annotated[int, Ge(1)] = 2000
    save_every: Annotated[int, Ge(1)] = 500
    log_every: Annotated[int, Ge(1)] = 100
    detached: bool = False
    freeze_guess: bool = False
    data_shares: tuple[float, ...] = ()
    prior_share: Annotated[float, Interval(ge=0, le=1)] = 0.0

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        if self.freeze_guess and not all(stage.unroll for stage in self.stages):
            raise ValueError("freeze_guess leaves nothing to train in a stage without unroll")


def load_config(path: Path) -> TrainConfig:
    """Read a TOML file; ConfigError names an unknown key or a value that doesn't fit."""
    try:
        return config_from_dict(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} can't be read as a configuration: {error}.") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def config_from_dict(values: dict[str, Any]) -> TrainConfig:
    """A configuration from nested tables; ConfigError names what is wrong with them."""
    if isinstance(values.get("recovery"), dict):
        values = {**values, "recovery": with_current_names(values["recovery"])}
    return validated(TrainConfig, values)


def validated(kind: type[T], values: dict[str, Any]) -> T:
    """Return a dataclass from nested tables; ConfigError names the keys that don't fit."""
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise ConfigError("; ".join(map(_sentence, _innermost(error.errors())))) from error


def _innermost(errors: Sequence[Any]) -> list[Any]:
    """Return the errors without those of tables that hold another error."""
    paths = [error["loc"] for error in errors]

    def holds(outer: tuple[Any, ...]) -> bool:
        return any(len(path) > len(outer) and path[: len(outer)] == outer for path in paths)

    return [error for error in errors if not holds(error["loc"])]


def _sentence(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"] if isinstance(part, str))
    if error["type"] == "unexpected_keyword_argument":
        return f"unknown key {path}"
    return f"{path}: {error['msg']}" if path else str(error["msg"])


# Steps at which a run is validated while it trains: those of the answer that is served.
VALIDATED_STEPS = 4
