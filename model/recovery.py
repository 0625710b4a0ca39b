"""The two learned parts together: what meta-training trains and what `weights/` holds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from model.body.body import Body
from model.body.joints import NUM_BETAS
from model.descent import Trajectory, descend
from model.initializer import InitialGuess, Initializer, InitializerConfig
from model.objective import Evaluation, evaluate, gradient
from model.optimizer.lsr1 import LSR1, LSR1Config
from model.pose_space import NUM_VARIABLES, PoseSpace, start
from model.view import Observation

# Size of a learned description of each coordinate of x, alike for all people.
_COORDINATE_FEATURES = 8

# Standard deviations of the body's population; beyond them a mesh is no body any more.
_LARGEST_BETA = 5.0


@dataclass(frozen=True)
class RecoveryConfig:
    """Sizes of the initializer and of the optimizer."""

    initializer: InitializerConfig = field(default_factory=InitializerConfig)
    optimizer: LSR1Config = field(default_factory=LSR1Config)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for a manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RecoveryConfig":
        """Inverse of `to_dict`; TypeError on unknown names."""
        optimizer = dict(values["optimizer"])
        if "input_scale" in optimizer:
            optimizer["input_scale"] = tuple(optimizer["input_scale"])
        return cls(InitializerConfig(**values["initializer"]), LSR1Config(**optimizer))


class Recovery(nn.Module):
    """Initializer, L-SR1, and a learned embedding of each coordinate of x for the latter's context."""

    def __init__(self, config: RecoveryConfig) -> None:
        super().__init__()
        self.config = config
        self._evaluate, self._gradient = evaluate, gradient
        self.initializer = Initializer(config.initializer)
        context = config.initializer.context + _COORDINATE_FEATURES
        optimizer = LSR1Config(**{**asdict(config.optimizer), "context": context})
        self.optimizer = LSR1(optimizer)
        self.coordinates = nn.Parameter(torch.randn(NUM_VARIABLES, _COORDINATE_FEATURES) * 0.3)

    def use_bf16(self, on: bool) -> None:
        """Run the networks' products in bfloat16, for training; everything else stays in 32 bits."""
        self.initializer.bf16 = on
        self.optimizer.bf16 = on

    def compile(self) -> None:
        """Compile what training repeats most: L-SR1's networks, and the objective with its gradient."""
        self.optimizer.networks.compile(dynamic=False)
        self._evaluate = torch.compile(evaluate, dynamic=False)
        self._gradient = torch.compile(gradient, dynamic=False)

    def context(self, guess: InitialGuess) -> Tensor:
        """What L-SR1 is told of each variable (B, 70, c): the person's features and the coordinate's own."""
        own = self.coordinates.expand(guess.context.shape[0], -1, -1)
        return torch.cat([guess.context, own.to(guess.context.dtype)], -1)

    def trajectory(
        self,
        body: Body,
        observation: Observation,
        steps: int,
        *,
        betas: Tensor | None = None,
        differentiable: bool = False,
    ) -> tuple[PoseSpace, Trajectory[Evaluation]]:
        """Initializer, then `steps` steps of L-SR1.

        Args:
            body: the body.
            observation: the people.
            steps: number of steps, 0 or more.
            betas: (B, 10) known shapes, NaN where free.
            differentiable: keep the graph for meta-training.
        """
        guess = self.initializer(observation)
        x, space = start(guess.rotations, guess.betas)
        allowed = _allowed(betas)
        return space, descend(
            self.optimizer,
            lambda x: self._evaluate(x, space, body, observation),
            allowed(x),
            steps,
            context=self.context(guess) if steps else None,
            differentiable=differentiable,
            gradient=lambda x, evaluation: self._gradient(x, evaluation, space, body, observation),
            project=allowed,
        )


def _allowed(betas: Tensor | None) -> Callable[[Tensor], Tensor]:
    """What brings x back to real bodies: betas within bounds, and known ones (NaN: free) as known."""

    def project(x: Tensor) -> Tensor:
        free = x[:, -NUM_BETAS:].clamp(-_LARGEST_BETA, _LARGEST_BETA)
        return torch.cat([x[:, :-NUM_BETAS], free if betas is None else free.where(betas.isnan(), betas)], 1)

    return project
