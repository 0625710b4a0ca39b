"""The rows of the ablation that are trained: what each changes in the setting that all share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from model.optimizer.lgd import LGDConfig
from model.optimizer.lsr1 import LSR1Config
from model.train.config import TrainConfig

Change = Callable[[TrainConfig], TrainConfig]
_INPUTS = ("x", "p", "d", "g", "q")


@dataclass(frozen=True)
class Row:
    """A line of the table: what it is, in words and as a change of the training run.

    Attributes:
        description, change: see above.
        from_mean: start at the mean pose rather than at the initializer's guess, which leaves the optimizer
            most of the way.
    """

    description: str
    change: Change
    from_mean: bool = False


def _recovery(**values: Any) -> Change:
    return lambda config: replace(config, recovery=replace(config.recovery, **values))


def _lsr1(**values: Any) -> Change:
    def change(config: TrainConfig) -> TrainConfig:
        return _recovery(optimizer=replace(config.recovery.optimizer, **values))(config)

    return change


def _lgd(width: int) -> Change:
    """LGD with the same bounds and scales of x and g. What is known of a coordinate would be a constant."""

    def change(config: TrainConfig) -> TrainConfig:
        like = config.recovery.optimizer
        scale = (like.input_scale[0], like.input_scale[_INPUTS.index("g")])
        lgd = LGDConfig(width=width, max_step=like.max_step, input_scale=scale)
        return _recovery(kind="lgd", lgd=lgd, coordinate_features=0)(config)

    return change


def _without(name: str) -> Change:
    def change(config: TrainConfig) -> TrainConfig:
        scales = zip(_INPUTS, config.recovery.optimizer.input_scale, strict=True)
        return _lsr1(input_scale=tuple(0.0 if one == name else scale for one, scale in scales))(config)

    return change


def _no_secant(config: TrainConfig) -> TrainConfig:
    return replace(config, loss=replace(config.loss, secant=0.0))


# What every row starts from, but for what it changes.
BASE = LSR1Config(
    width=64,
    hidden=64,
    buffer=4,
    rate=0.5,
    max_step=0.5,
    input_scale=(2.0, 20.0, 50.0, 200.0, 200.0),
)

# By importance.
TRAINED: dict[str, Row] = {
    "lsr1": Row("L-SR1: h = 64, L = 4, LayerNorm, through the whole trajectory", lambda config: config),
    "lgd": Row("LGD, width 64", _lgd(64)),
    "lgd-large": Row("LGD, width 1024", _lgd(1024)),
    "lsr1-mean-pose": Row("L-SR1 from the mean pose", lambda config: config, from_mean=True),
    "lgd-mean-pose": Row("LGD, width 64, from the mean pose", _lgd(64), from_mean=True),
    "no-secant": Row("L-SR1 without the secant loss", _no_secant),
    "detached": Row("L-SR1, x detached after each step", lambda config: replace(config, detached=True)),
    "coordinate-blind": Row(
        "L-SR1 without the learned coordinate embedding", _recovery(coordinate_features=0)
    ),
    "no-context": Row("L-SR1 without the initializer's features", _recovery(person_features=False)),
    "blind": Row(
        "L-SR1 with neither, as in the paper", _recovery(coordinate_features=0, person_features=False)
    ),
    "memory-2": Row("L-SR1, L = 2", _lsr1(buffer=2)),
    "memory-8": Row("L-SR1, L = 8", _lsr1(buffer=8)),
    "width-128": Row("L-SR1, h = 128", _lsr1(width=128, hidden=128)),
    "width-256": Row("L-SR1, h = 256", _lsr1(width=256, hidden=256)),
    "batch-norm": Row("L-SR1 with BatchNorm", _lsr1(norm="batch")),
    **{f"without-{name}": Row(f"L-SR1 without the input {name}", _without(name)) for name in _INPUTS},
}
