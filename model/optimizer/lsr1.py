"""L-SR1: a quasi-Newton optimizer with a metric built from learned vectors (arXiv 2508.12270)."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from model.optimizer.memory import apply_metric, empty_memory, push
from model.optimizer.networks import NORMS, UpdateNetworks
from model.optimizer.solver import Step, clamp_step

_INPUTS = 5  # x, p, d, g and q
_LARGEST_RATE = 10.0  # the published clamp of the learning-rate generator
_LARGEST_EXPONENT = 10.0  # far beyond the clamp; keeps exp finite
# Of B q in mean lengths of p: a B that is right has hardly more, a wrong one feeds itself and explodes.
_LARGEST_PRODUCT = 10.0


@dataclass(frozen=True)
class LSR1Config:
    """Sizes and constants of the optimizer.

    Attributes:
        width: h, features per coordinate.
        hidden: width of the heads' hidden layer.
        buffer: L, how many learned vectors the metric keeps.
        context: features per coordinate that the problem may hand in, 0 for none.
        rate: alpha_1, the learning rate of a fresh optimizer.
        rate_exponent: alpha_2, how strongly the generator bends it.
        max_step: no coordinate moves further than this in a step, so that a bad start can't throw x away.
        input_scale: what x, p, d, g and q are multiplied by before the encoder, so that each is about 1; 0
            hides one.
        norm: of the networks' layers: "layer", "rms", "none", or the paper's "batch", which ties training to
            the batch.
        metric_input: the encoder's input about the metric: the last "direction" d, as in the paper's words,
            or the "product" B q of the metric before the step, as in the published code.
        relative: measure p, q and B q in the problem's own length of p, g and d in that of g, lengths as root
            mean squares over the coordinates; divide the learned vectors by sqrt(n); and hide x from the
            encoder. The path then is the same for x in other units, f in their square, and for a problem of
            several copies of itself.
        identity: without it B is the sum of v v^T alone, and is not positive definite.
    """

    width: int = 128
    hidden: int = 128
    buffer: int = 4
    context: int = 0
    rate: float = 0.1
    rate_exponent: float = 1.0
    max_step: float = float("inf")
    input_scale: tuple[float, float, float, float, float] = (1.0, 1.0, 1.0, 1.0, 1.0)
    norm: Literal["layer", "batch", "rms", "none"] = "layer"
    metric_input: Literal["direction", "product"] = "direction"
    relative: bool = False
    identity: bool = True


class LSR1State(NamedTuple):
    """Everything that a step needs of the past.

    Attributes:
        previous_x, previous_gradient, direction: (B, n); zeros before the first step.
        vectors: (B, m, n) with m <= L.
        context: (B, n, h), the encoded context, or None.
    """

    previous_x: Tensor | None
    previous_gradient: Tensor | None
    direction: Tensor
    vectors: Tensor
    context: Tensor | None


def _since(previous: Tensor | None, now: Tensor) -> Tensor:
    """Return the change since the last step, zeros on the first."""
    return torch.zeros_like(now) if previous is None else now - previous


def _length(z: Tensor) -> Tensor:
    """Return the root mean square over the coordinates (B, 1) of z (B, n); 1 where z is nothing."""
    length: Tensor = z.norm(dim=1, keepdim=True) / math.sqrt(z.shape[1])
    return length.where(length > 0, 1.0)


class LSR1(nn.Module):
    """x_{k+1} = x_k + lambda * d with d = -B g and B = I + sum v v^T, positive definite by construction."""

    def __init__(self, config: LSR1Config) -> None:
        super().__init__()
        if len(config.input_scale) != _INPUTS:
            raise ValueError(f"input_scale must hold {_INPUTS} numbers, for x, p, d, g and q.")
        self.config = config
        self.bf16 = False
        norm = NORMS[config.norm]
        self.networks = UpdateNetworks(_INPUTS, config.context, config.width, config.hidden, norm)
        self.register_buffer("input_scale", torch.tensor(config.input_scale), persistent=False)
        self.input_scale: Tensor

    def init(self, x: Tensor, context: Tensor | None = None) -> LSR1State:
        """Return the state before the first step at x (B, n); context (B, n, c) if configured."""
        with self._precision(x):
            encoded = self.networks.encoder.encode_context(context)
        return LSR1State(None, None, torch.zeros_like(x), empty_memory(x), encoded)

    def step(self, x: Tensor, gradient: Tensor, state: LSR1State) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) of the objective there."""
        step, change = _since(state.previous_x, x), _since(state.previous_gradient, gradient)
        inputs = self._inputs(x, step, gradient, change, state)
        with self._precision(x):
            vector, exponent = self.networks(inputs * self.input_scale, state.context)
        if self.config.relative:
            vector = vector / math.sqrt(x.shape[1])
        vectors = push(state.vectors, vector.to(x.dtype), self.config.buffer)
        direction = -self._metric(vectors, gradient)
        moved = clamp_step(x, self._rate(exponent.to(x.dtype)) * direction, self.config.max_step)
        secant = (self._metric(vectors, change) - step).square().sum(1)
        return Step(moved, LSR1State(x, gradient, direction, vectors, state.context), secant)

    def _inputs(self, x: Tensor, step: Tensor, gradient: Tensor, change: Tensor, state: LSR1State) -> Tensor:
        """Return what the encoder sees of each coordinate (B, n, 5)."""
        product = self.config.metric_input == "product"
        third = self._metric(state.vectors, change) if product else state.direction
        if self.config.relative:
            length, slope = _length(step), _length(gradient)
            x, step, change, gradient = 0 * x, step / length, change / length, gradient / slope
            third = (third / (length if product else slope)).clamp(-_LARGEST_PRODUCT, _LARGEST_PRODUCT)
        return torch.stack([x, step, third, gradient, change], -1)

    def _metric(self, vectors: Tensor, z: Tensor) -> Tensor:
        """Compute B z (B, n)."""
        return apply_metric(vectors, z, identity=self.config.identity)

    def _rate(self, exponent: Tensor) -> Tensor:
        """Compute lambda = alpha_1 exp(alpha_2 G(z)) (B, n) for G(z) (B, n), clamped."""
        bent = (self.config.rate_exponent * exponent).clamp_max(_LARGEST_EXPONENT).exp()
        return (self.config.rate * bent).clamp_max(_LARGEST_RATE)

    def _precision(self, x: Tensor) -> torch.autocast:
        return torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16)
