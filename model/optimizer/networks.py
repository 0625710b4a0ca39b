"""The element-wise networks of L-SR1: they see one coordinate at a time and share weights over all."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

# A PReLU of fixed slope: on a CPU a tenth of the time of the smooth activations.
_SLOPE = 0.1
# Of the networks' last layers, relative to PyTorch's own initialisation.
_INITIAL_SCALE = 0.1


def activation(z: Tensor) -> Tensor:
    """Apply the networks' non-linearity, element-wise."""
    return leaky_relu(z, _SLOPE)


def start_near_zero(last: nn.Linear) -> None:
    """Scale down a network's last layer, so that a fresh optimizer adds next to nothing."""
    with torch.no_grad():
        last.weight.mul_(_INITIAL_SCALE)
        last.bias.zero_()


class CoordinateBatchNorm(nn.BatchNorm1d):
    """BatchNorm over people and coordinates alike, (..., width) to (..., width)."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise; in training by mean and variance of all inputs together, else by their averages."""
        return super().forward(input.flatten(0, -2)).view(input.shape)


# LayerNorm makes no item depend on its batch. BatchNorm is the paper's. Without a norm the vectors can be
# linear in the inputs, as SR1's are.
Norm = Callable[[int], nn.Module]
NORMS: dict[str, Norm] = {
    "layer": nn.LayerNorm,
    "batch": CoordinateBatchNorm,
    "rms": nn.RMSNorm,
    "none": nn.Identity,
}


class ResidualBlock(nn.Module):
    """Linear, norm, activation, Linear, added to the input."""

    def __init__(self, width: int, norm: Norm = nn.LayerNorm) -> None:
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.norm = norm(width)
        self.outer = nn.Linear(width, width)

    def forward(self, z: Tensor) -> Tensor:
        """Return (..., width) to (..., width)."""
        out: Tensor = z + self.outer(activation(self.norm(self.inner(z))))
        return out


class InputEncoder(nn.Module):
    """z = E([x, p, d, g, q] and context): n x 5 -> n x h, and n x c -> n x h for the context.

    The context does not change during a fit, so its half of the first layer is computed once.
    """

    def __init__(self, inputs: int, context: int, width: int, norm: Norm) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.context = nn.Linear(context, width, bias=False) if context else None
        self.norm = norm(width)
        self.block = ResidualBlock(width, norm)

    def encode_context(self, context: Tensor | None) -> Tensor | None:
        """Return (B, n, c) to (B, n, h), once a fit."""
        return None if self.context is None else self.context(context)

    def forward(self, inputs: Tensor, context: Tensor | None) -> Tensor:
        """Compute features (B, n, h) from inputs (B, n, 5) and encoded context (B, n, h) or None."""
        z = self.first(inputs)
        if context is not None:
            z = z + context
        out: Tensor = self.block(activation(self.norm(z)))
        return out


class UpdateNetworks(nn.Module):
    """Encoder, vector generator P and learning-rate generator G together: all that L-SR1 has learned."""

    def __init__(self, inputs: int, context: int, width: int, hidden: int, norm: Norm) -> None:
        super().__init__()
        self.encoder = InputEncoder(inputs, context, width, norm)
        self.vector = ScalarHead(width, hidden, norm)
        self.rate = ScalarHead(width, hidden, norm)

    def forward(self, inputs: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        """Compute v_k (B, n) and G(z_k) (B, n) from inputs (B, n, 5) and encoded context (B, n, h)."""
        z = self.encoder(inputs, context)
        return self.vector(z), self.rate(z)


class ScalarHead(nn.Module):
    """n x h -> n. The last layer starts near zero, so that a fresh optimizer is plain gradient descent."""

    def __init__(self, width: int, hidden: int, norm: Norm) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, hidden)
        self.norm = norm(hidden)
        self.last = nn.Linear(hidden, 1)
        start_near_zero(self.last)

    def forward(self, z: Tensor) -> Tensor:
        """Compute one number per coordinate (B, n) from features (B, n, h)."""
        hidden = activation(self.norm(self.hidden(z)))
        out: Tensor = self.last(hidden).squeeze(-1)
        return out
