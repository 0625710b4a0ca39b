"""The two learned parts together: what meta-training trains and what `weights/` holds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from model.body.body import Body
from model.body.joints import NUM_BETAS
from model.fit.initializer import InitialGuess, Initializer, InitializerConfig
from model.fit.objective import Evaluation, evaluate, gradient
from model.fit.observation import Observation
from model.fit.pose_space import NUM_VARIABLES, PoseSpace, start
from model.optimizer.lgd import LGD, LGDConfig
from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.unroll import Trajectory, unroll

# Standard deviations of the body's population; beyond them a mesh is no body any more.
_LARGEST_BETA = 5.0


@dataclass(frozen=True)
class RecoveryConfig:
    """Sizes of the initializer and of the optimizer.

    Attributes:
        initializer: see there.
        optimizer: of L-SR1.
        kind: which optimizer follows the initializer.
        lgd: of LGD, if it is that.
        coordinate_features: size of a learned description of each coordinate of x, alike for all people.
        person_features: whether the optimizer is also told what the initializer says of the person.
    """

    initializer: InitializerConfig = field(default_factory=InitializerConfig)
    optimizer: LSR1Config = field(default_factory=LSR1Config)
    kind: Literal["lsr1", "lgd"] = "lsr1"
    lgd: LGDConfig = field(default_factory=LGDConfig)
    coordinate_features: int = 8
    person_features: bool = True

    @property
    def context(self) -> int:
        """Features of each coordinate that the optimizer is handed."""
        return self.coordinate_features + (self.initializer.context if self.person_features else 0)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for a manifest; without LGD's where it is not used."""
        values = asdict(self)
        return values if self.kind == "lgd" else {n: value for n, value in values.items() if n != "lgd"}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RecoveryConfig":
        """Inverse of `to_dict`; TypeError on unknown names. What is missing has its default."""
        parts = {
            "initializer": InitializerConfig(**values["initializer"]),
            "optimizer": LSR1Config(**_with_tuples(values.get("optimizer", {}))),
            "lgd": LGDConfig(**_with_tuples(values.get("lgd", {}))),
        }
        return cls(**{**values, **parts})


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists only."""
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
        """What the optimizer is told of each variable (B, 70, c): of the person, and the coordinate's own."""
        own = self.coordinates.expand(guess.context.shape[0], -1, -1).to(guess.context.dtype)
        return torch.cat([guess.context, own], -1) if self.config.person_features else own

    def trajectory(
        self,
        body: Body,
        observation: Observation,
        steps: int,
        *,
        betas: Tensor | None = None,
        differentiable: bool = False,
        detached: bool = False,
    ) -> tuple[PoseSpace, Trajectory[Evaluation]]:
        """Initializer, then `steps` steps of the optimizer.

        Args:
            body: the body.
            observation: the people.
            steps: number of steps, 0 or more.
            betas: (B, 10) known shapes, NaN where free.
            differentiable: keep the graph for meta-training.
            detached: keep it through each step alone, see `unroll`.
        """
        guess = self.initializer(observation)
        x, space = start(guess.rotations, guess.betas)
        allowed = real_bodies(betas)
        return space, unroll(
            self.optimizer,
            lambda x: self._evaluate(x, space, body, observation),
            allowed(x),
            steps,
            context=self.context(guess) if steps else None,
            differentiable=differentiable,
            gradient=lambda x, evaluation: self._gradient(x, evaluation, space, body, observation),
            detached=detached,
            project=allowed,
        )


def _learned_optimizer(config: RecoveryConfig) -> LSR1 | LGD:
    if config.kind == "lgd":
        return LGD(config.lgd, NUM_VARIABLES, config.context)
    return LSR1(replace(config.optimizer, context=config.context))


def real_bodies(betas: Tensor | None = None) -> Callable[[Tensor], Tensor]:
    """What brings x back to real bodies: betas within bounds, and known ones (NaN: free) as known."""

    def project(x: Tensor) -> Tensor:
        free = x[:, -NUM_BETAS:].clamp(-_LARGEST_BETA, _LARGEST_BETA)
        return torch.cat([x[:, :-NUM_BETAS], free if betas is None else free.where(betas.isnan(), betas)], 1)

    return project
