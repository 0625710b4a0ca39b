"""Initializer and learned optimizer together: trained by `model.train`, stored in `weights/`."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from model.body.body import Body
from model.fit.initializer import InitialGuess, Initializer, InitializerConfig
from model.fit.objective import Evaluation, PersonProblem, evaluate, gradient
from model.fit.observation import Observation
from model.fit.pose_space import NUM_VARIABLES, PoseSpace, start
from model.optimizer.lgd import LGD, LGDConfig
from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.unroll import SERVING, Mode, Trajectory, unroll


@dataclass(frozen=True)
class RecoveryConfig:
    """Sizes of the initializer and of the optimizer.

    Attributes:
        initializer: sizes of the initializer.
        optimizer: of L-SR1.
        kind: which optimizer follows the initializer.
        lgd: of LGD, if it is that.
        coordinate_features: size of a learned description of each coordinate of x, alike for all people.
        person_features: whether the optimizer also gets the initializer's features of the person.
    """

    initializer: InitializerConfig = field(default_factory=InitializerConfig)
    optimizer: LSR1Config = field(default_factory=LSR1Config)
    kind: Literal["lsr1", "lgd"] = "lsr1"
    lgd: LGDConfig = field(default_factory=LGDConfig)
    coordinate_features: int = 8
    person_features: bool = True

    @property
    def context(self) -> int:
        """Number of features of each coordinate that the optimizer takes."""
        return self.coordinate_features + (self.initializer.context if self.person_features else 0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a manifest, without LGD's if it is not used."""
        values = asdict(self)
        return values if self.kind == "lgd" else {n: value for n, value in values.items() if n != "lgd"}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RecoveryConfig":
        """Build a configuration from plain values; missing ones have defaults. TypeError on unknown names."""
        values = with_current_names(values)
        parts = {
            "initializer": InitializerConfig(**values["initializer"]),
            "optimizer": LSR1Config(**_with_tuples(values.get("optimizer", {}))),
            "lgd": LGDConfig(**_with_tuples(values.get("lgd", {}))),
        }
        return cls(**{**values, **parts})


# Names of optimizer settings in manifests, training configurations and checkpoints up to version 3.4.
_OLD_NAMES = {"told": "metric_input", "largest_step": "max_step"}


def with_current_names(values: dict[str, Any]) -> dict[str, Any]:
    """Return a `RecoveryConfig` as plain values with today's names of the optimizer's settings."""
    renamed = {
        part: {_OLD_NAMES.get(name, name): value for name, value in values[part].items()}
        for part in ("optimizer", "lgd")
        if isinstance(values.get(part), dict)
    }
    return {**values, **renamed}


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with tuples, of which JSON makes lists."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in dict(values).items()}


class Recovery(nn.Module):
    """Initializer, learned optimizer, and an embedding of each coordinate of x for the latter's context."""

    def __init__(self, config: RecoveryConfig) -> None:
        super().__init__()
        self.config = config
        self._evaluate, self._gradient = evaluate, gradient
        self.initializer = Initializer(config.initializer)
        self.optimizer = _learned_optimizer(config)
        self.coordinates = nn.Parameter(torch.randn(NUM_VARIABLES, config.coordinate_features) * 0.3)

    def use_bf16(self, on: bool) -> None:
        """Run the networks' products in bfloat16, for training; everything else stays in 32 bits."""
        self.initializer.bf16 = on
        self.optimizer.bf16 = on

    def compile(self) -> None:
        """Compile what training repeats most: the networks, the objective with its gradient."""
        self.initializer.compile_heads()
        self.optimizer.networks.compile(dynamic=False)
        self._evaluate = torch.compile(evaluate, dynamic=False)
        self._gradient = torch.compile(gradient, dynamic=False)

    def context(self, guess: InitialGuess) -> Tensor:
        """Return the features (B, 70, c) of each variable: the person's, and the coordinate's."""
        own = self.coordinates.expand(guess.context.shape[0], -1, -1).to(guess.context.dtype)
        return torch.cat([guess.context, own], -1) if self.config.person_features else own

    def trajectory(
        self,
        body: Body,
        observation: Observation,
        steps: int,
        *,
        betas: Tensor | None = None,
        mode: Mode = SERVING,
    ) -> tuple[PoseSpace, Trajectory[Evaluation]]:
        """Run the initializer, then `steps` steps of the optimizer.

        Args:
            body: the body.
            observation: the people.
            steps: number of steps, 0 or more.
            betas: (B, 10) known shapes, NaN where free.
            mode: the history that is kept, for meta-training.
        """
        guess = self.initializer(observation)
        x, space = start(guess.rotations, guess.betas)
        problem = PersonProblem(
            space,
            body,
            observation,
            betas,
            self.context(guess) if steps else None,
            self._evaluate,
            self._gradient,
        )
        return space, unroll(self.optimizer, problem, problem.project(x), steps, mode)


def _learned_optimizer(config: RecoveryConfig) -> LSR1 | LGD:
    if config.kind == "lgd":
        return LGD(config.lgd, NUM_VARIABLES, config.context)
    return LSR1(replace(config.optimizer, context=config.context))
