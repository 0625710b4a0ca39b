"""BFGS, DFP and SR1 with the whole matrix: n x n numbers a problem, for small n and as a yardstick."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model.optimizer.quasi_newton import (
    Past,
    curves_up,
    dot,
    first_direction,
    first_scale,
    inverse_where,
    outer,
    well_defined,
)
from model.optimizer.solver import Step, clamp_step

# The matrix (B, n, n) after the pair p, q (B, n): the same where the pair can't be used.
Update = Callable[[Tensor, Tensor, Tensor], Tensor]


def bfgs(matrix: Tensor, p: Tensor, q: Tensor) -> Tensor:
    """Compute B' = (I - c p q^T) B (I - c q p^T) + c p p^T with c = 1 / p^T q."""
    c = inverse_where(curves_up(p, q), dot(p, q))[:, None, None]
    bq = _product(matrix, q)
    inner = dot(q, bq)[:, None, None]
    return matrix - c * (outer(p, bq) + outer(bq, p)) + c * (1 + c * inner) * outer(p, p)


def dfp(matrix: Tensor, p: Tensor, q: Tensor) -> Tensor:
    """Compute B' = B + p p^T / p^T q - B q q^T B / q^T B q."""
    safe, bq = curves_up(p, q), _product(matrix, q)
    new, old = inverse_where(safe, dot(p, q)), inverse_where(safe, dot(q, bq))
    return matrix + new[:, None, None] * outer(p, p) - old[:, None, None] * outer(bq, bq)


def sr1(matrix: Tensor, p: Tensor, q: Tensor) -> Tensor:
    """Compute B' = B + r r^T / r^T q with r = p - B q; may lose positive definiteness."""
    r = p - _product(matrix, q)
    c = inverse_where(well_defined(r, q), dot(r, q))
    return matrix + c[:, None, None] * outer(r, r)


class DenseState(NamedTuple):
    """The past and B (B, n, n); None before the first step, and B before the second."""

    past: Past | None
    matrix: Tensor | None


@dataclass(frozen=True)
class DenseQuasiNewton:
    """x' = x - rate B g, without a line search.

    Attributes:
        update: `bfgs`, `dfp` or `sr1`.
        rate: 1 for the full step.
        max_step: no coordinate moves further than this in a step.
        scaled: begin with the scale that the first pair suggests, else with I. SR1 gains nothing more from
            that pair: r^T q is zero then.
    """

    update: Update
    rate: float = 1.0
    max_step: float = float("inf")
    scaled: bool = True

    def init(self, x: Tensor, context: Tensor | None = None) -> DenseState:
        """Return an empty past."""
        return DenseState(None, None)

    def step(self, x: Tensor, gradient: Tensor, state: DenseState) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""
        if state.past is None:
            matrix, secant, direction = None, x.new_zeros(len(x)), first_direction(gradient)
        else:
            p, q = x - state.past.x, gradient - state.past.gradient
            matrix = self.update(self._first(p, q) if state.matrix is None else state.matrix, p, q)
            secant = (_product(matrix, q) - p).square().sum(1)
            direction = -_product(matrix, gradient)
        moved = clamp_step(x, self.rate * direction, self.max_step)
        return Step(moved, DenseState(Past(x, gradient), matrix), secant)

    def _first(self, p: Tensor, q: Tensor) -> Tensor:
        """Return B (B, n, n) before the first pair."""
        scale = first_scale(p, q) if self.scaled else torch.ones_like(p[:, :1])
        return torch.diag_embed(scale.expand_as(p))


def _product(matrix: Tensor, z: Tensor) -> Tensor:
    return torch.einsum("bij,bj->bi", matrix, z)
