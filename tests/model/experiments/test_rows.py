"""Each row changes what it says, and nothing else."""

from dataclasses import replace

import pytest

from model.experiments.rows import BASE, TRAINED
from model.fit.network import RecoveryConfig
from model.optimizer.lgd import LGDConfig
from model.train.config import LossConfig, StageConfig, TrainConfig

CONFIG = TrainConfig(
    stages=(StageConfig(iterations=1, unroll=2),),
    recovery=RecoveryConfig(optimizer=BASE),
    loss=LossConfig(late=2),
)


def recovery(**values: object) -> TrainConfig:
    return replace(CONFIG, recovery=replace(CONFIG.recovery, **values))  # type: ignore[arg-type]


def lsr1(**values: object) -> TrainConfig:
    return recovery(optimizer=replace(BASE, **values))  # type: ignore[arg-type]


def lgd(width: int) -> TrainConfig:
    return recovery(
        kind="lgd", coordinate_features=0, lgd=LGDConfig(width, max_step=0.5, input_scale=(2.0, 200.0))
    )


EXPECTED = {
    "lsr1": CONFIG,
    "lgd": lgd(64),
    "lgd-large": lgd(1024),
    "lsr1-mean-pose": CONFIG,
    "lgd-mean-pose": lgd(64),
    "no-secant": replace(CONFIG, loss=LossConfig(late=2, secant=0.0)),
    "detached": replace(CONFIG, detached=True),
    "coordinate-blind": recovery(coordinate_features=0),
    "no-context": recovery(person_features=False),
    "blind": recovery(coordinate_features=0, person_features=False),
    "memory-2": lsr1(buffer=2),
    "memory-8": lsr1(buffer=8),
    "width-128": lsr1(width=128, hidden=128),
    "width-256": lsr1(width=256, hidden=256),
    "batch-norm": lsr1(norm="batch"),
    "without-x": lsr1(input_scale=(0.0, 20.0, 50.0, 200.0, 200.0)),
    "without-p": lsr1(input_scale=(2.0, 0.0, 50.0, 200.0, 200.0)),
    "without-d": lsr1(input_scale=(2.0, 20.0, 0.0, 200.0, 200.0)),
    "without-g": lsr1(input_scale=(2.0, 20.0, 50.0, 0.0, 200.0)),
    "without-q": lsr1(input_scale=(2.0, 20.0, 50.0, 200.0, 0.0)),
}


def test_every_row_is_checked() -> None:
    assert EXPECTED.keys() == TRAINED.keys()


@pytest.mark.parametrize("name", TRAINED)
def test_rows_change_what_they_describe(name: str) -> None:
    assert TRAINED[name].change(CONFIG) == EXPECTED[name]
