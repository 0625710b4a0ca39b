"""LGD: one network on the whole vector predicts the update (Song, Chen, Hilliges; ECCV 2020)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.optimizer.networks import ResidualBlock, activation, start_near_zero
from model.optimizer.solver import Step, clamp_step

_INPUTS = 2  # x and g


@dataclass(frozen=True)
class LGDConfig:
    """Sizes and constants of the optimizer.

    Attributes:
        width: features of the residual network.
        blocks: residual blocks.
        max_step: no coordinate moves further than this in a step.
        input_scale: what x and g are multiplied by before the network, so that each is about 1.
    """

    width: int = 64
    blocks: int = 2
    max_step: float = float("inf")
    input_scale: tuple[float, float] = (1.0, 1.0)


class UpdateNetwork(nn.Module):
    """A residual network from all inputs of a problem to its update (B, n), near zero when fresh."""

    def __init__(self, inputs: int, outputs: int, width: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, outputs)
        start_near_zero(self.last)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (B, inputs) to (B, outputs)."""
        z = self.first(inputs)
        for block in self.blocks:
            z = block(z)
        out: Tensor = self.last(activation(self.norm(z)))
        return out


class LGD(nn.Module):
    """x_{k+1} = x_k + N([x_k, g_k, context]).

    The network sees all coordinates at once, each at its own place: unlike L-SR1 it is bound to one number
    of variables and to their order.
    """

    def __init__(self, config: LGDConfig, variables: int, context: int = 0) -> None:
        """Build networks for x of `variables` coordinates, with `context` features for each."""
        super().__init__()
        if len(config.input_scale) != _INPUTS:
            raise ValueError(f"input_scale must hold {_INPUTS} numbers, for x and g.")
        self.config = config
        self.variables = variables
        self.bf16 = False
        inputs = variables * (_INPUTS + context)
        self.networks = UpdateNetwork(inputs, variables, config.width, config.blocks)

    def init(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the state before the first step at x (B, n): the context (B, n, c) as a vector (B, n c).

        Raises:
            ValueError: x has another number of variables than the network was built for.
        """
        if x.shape[1] != self.variables:
            raise ValueError(f"This LGD is for {self.variables} variables, not {x.shape[1]}.")
        return x[:, :0] if context is None else context.flatten(1)

    def step(self, x: Tensor, gradient: Tensor, state: Tensor) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""
        scale = self.config.input_scale
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
            update = self.networks(torch.cat([scale[0] * x, scale[1] * gradient, state], 1))
        moved = clamp_step(x, update.to(x.dtype), self.config.max_step)
        return Step(moved, state, x.new_zeros(len(x)))
