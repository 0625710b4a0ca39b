"""Batches of problems with known minima: quadratics, full and diagonal, Rosenbrock, Rastrigin.

All are scaled so that the Hessian's largest eigenvalue is about 1: L-SR1's B is I and more, so it can be an
inverse Hessian of such functions only. The scale changes no comparison: rates are tuned, errors are relative.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor

# What the textbook's functions are multiplied by.
_ROSENBROCK, _RASTRIGIN = 1e-3, 2.5e-3


class Value(NamedTuple):
    """Value f (B,) of an objective."""

    value: Tensor


class Problems(Protocol):
    """B independent problems of n variables."""

    @property
    def start(self) -> Tensor:
        """Starting points (B, n)."""

    @property
    def least(self) -> Tensor:
        """Value of f at the global minimum (B,)."""

    def value(self, x: Tensor) -> Tensor:
        """Return f (B,) at x (B, n)."""

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradient of f (B, n)."""

    def pick(self, which: Tensor) -> Self:
        """Return the problems of the given indices."""


@dataclass(frozen=True)
class Quadratics:
    """f(x) = x^T A x / 2 - b^T x from x = 0.

    Attributes:
        matrices: A (B, n, n), symmetric and positive definite.
        vectors: b (B, n).
    """

    matrices: Tensor
    vectors: Tensor

    @property
    def start(self) -> Tensor:
        """Zeros."""
        return torch.zeros_like(self.vectors)

    @property
    def minimum(self) -> Tensor:
        """Minimum (B, n) of f, to which the Newton step leads from anywhere."""
        found: Tensor = torch.linalg.solve(self.matrices.double(), self.vectors.double())
        return found.to(self.vectors)

    @property
    def least(self) -> Tensor:
        """Least value -b^T A^-1 b / 2 (B,)."""
        return -0.5 * (self.vectors * self.minimum).sum(1)

    def value(self, x: Tensor) -> Tensor:
        """Return f (B,) at x (B, n)."""
        return (x * (0.5 * self._product(x) - self.vectors)).sum(1)

    def gradient(self, x: Tensor) -> Tensor:
        """Return A x - b."""
        return self._product(x) - self.vectors

    def pick(self, which: Tensor) -> "Quadratics":
        """Return the problems of the given indices."""
        return Quadratics(self.matrices[which], self.vectors[which])

    def _product(self, x: Tensor) -> Tensor:
        return torch.einsum("bij,bj->bi", self.matrices, x)


@dataclass(frozen=True)
class Diagonals:
    """f(x) = sum of s (x - m)^2 / 2.

    Attributes:
        scales: s (B, n), positive.
        minimum: m (B, n).
        start: (B, n).
    """

    scales: Tensor
    minimum: Tensor
    start: Tensor

    @property
    def least(self) -> Tensor:
        """Zeros."""
        return self.start.new_zeros(len(self.start))

    def value(self, x: Tensor) -> Tensor:
        """Return f (B,) at x (B, n)."""
        return 0.5 * (self.scales * (x - self.minimum).square()).sum(1)

    def gradient(self, x: Tensor) -> Tensor:
        """Return s (x - m)."""
        return self.scales * (x - self.minimum)

    def pick(self, which: Tensor) -> "Diagonals":
        """Return the problems of the given indices."""
        return Diagonals(self.scales[which], self.minimum[which], self.start[which])


@dataclass(frozen=True)
class Rosenbrock:
    """f(x) = a thousandth of the sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2: a bent valley down to x = 1.

    Attributes:
        start: (B, n), n of 2 or more.
    """

    start: Tensor

    @property
    def least(self) -> Tensor:
        """Zeros."""
        return self.start.new_zeros(len(self.start))

    def value(self, x: Tensor) -> Tensor:
        """Return f (B,) at x (B, n)."""
        head, tail = x[:, :-1], x[:, 1:]
        return _ROSENBROCK * (100 * (tail - head.square()).square() + (1 - head).square()).sum(1)

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradient (B, n) at x (B, n)."""
        head, tail = x[:, :-1], x[:, 1:]
        off = tail - head.square()
        ends = torch.zeros_like(x[:, :1])
        upper = torch.cat([-400 * head * off - 2 * (1 - head), ends], 1)
        return _ROSENBROCK * (upper + torch.cat([ends, 200 * off], 1))

    def pick(self, which: Tensor) -> "Rosenbrock":
        """Return the problems of the given indices."""
        return Rosenbrock(self.start[which])


@dataclass(frozen=True)
class Rastrigin:
    """f(x) = 1/400 of the sum of u^2 + 10 (1 - cos 2 pi u), u = x - m: a bowl full of local minima.

    Attributes:
        minimum: m (B, n), the global one.
        start: (B, n).
    """

    minimum: Tensor
    start: Tensor

    @property
    def least(self) -> Tensor:
        """Zeros."""
        return self.start.new_zeros(len(self.start))

    def value(self, x: Tensor) -> Tensor:
        """Return f (B,) at x (B, n)."""
        u = x - self.minimum
        return _RASTRIGIN * (u.square() + 10 * (1 - torch.cos(2 * math.pi * u))).sum(1)

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradient (B, n) at x (B, n)."""
        u = x - self.minimum
        return _RASTRIGIN * (2 * u + 20 * math.pi * torch.sin(2 * math.pi * u))

    def pick(self, which: Tensor) -> "Rastrigin":
        """Return the problems of the given indices."""
        return Rastrigin(self.minimum[which], self.start[which])
