"""L-BFGS and limited-memory SR1: B from the last steps and gradient changes, never formed as a matrix."""

from abc import ABC, abstractmethod
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
    well_defined,
)
from model.optimizer.solver import Step, clamp_step


class Pairs(NamedTuple):
    """Steps p and gradient changes q, (B, m, n) both, the newest last; zeros before the first."""

    p: Tensor
    q: Tensor


class LimitedState(NamedTuple):
    """The past (None before the first step) and the pairs."""

    past: Past | None
    pairs: Pairs


def push_pair(pairs: Pairs, p: Tensor, q: Tensor, wanted: Tensor) -> Pairs:
    """Append the pair p, q (B, n) in place of the oldest, in the problems (B,) that want it."""

    def pushed(old: Tensor, new: Tensor) -> Tensor:
        return torch.where(wanted[:, None, None], torch.cat([old[:, 1:], new[:, None]], 1), old)

    return Pairs(pushed(pairs.p, p), pushed(pairs.q, q))


@dataclass(frozen=True)
class LimitedMemory(ABC):
    """x' = x - rate B g, without a line search.

    Attributes:
        memory: m, how many pairs are kept.
        rate: 1 for the full step.
        max_step: no coordinate moves further than this in a step.
    """

    memory: int = 10
    rate: float = 1.0
    max_step: float = float("inf")

    @abstractmethod
    def product(self, pairs: Pairs, z: Tensor) -> Tensor:
        """Compute B z (B, n) for z (B, n)."""

    @abstractmethod
    def wants(self, pairs: Pairs, p: Tensor, q: Tensor) -> Tensor:
        """Return which problems (B,) can use the pair."""

    def init(self, x: Tensor, context: Tensor | None = None) -> LimitedState:
        """Return an empty past."""
        nothing = x.new_zeros(len(x), self.memory, x.shape[1])
        return LimitedState(None, Pairs(nothing, nothing))

    def step(self, x: Tensor, gradient: Tensor, state: LimitedState) -> Step:
        """Take one step from x (B, n) with the gradient (B, n) there."""
        pairs = state.pairs
        if state.past is None:
            secant, direction = x.new_zeros(len(x)), first_direction(gradient)
        else:
            p, q = x - state.past.x, gradient - state.past.gradient
            pairs = push_pair(pairs, p, q, self.wants(pairs, p, q))
            secant = (self.product(pairs, q) - p).square().sum(1)
            direction = -self.product(pairs, gradient)
        moved = clamp_step(x, self.rate * direction, self.max_step)
        return Step(moved, LimitedState(Past(x, gradient), pairs), secant)


class LBFGS(LimitedMemory):
    """Limited-memory BFGS by the two-loop recursion (Nocedal and Wright, 2006, algorithm 7.4)."""

    def wants(self, pairs: Pairs, p: Tensor, q: Tensor) -> Tensor:
        """Return a mask (B,) of pairs of positive curvature."""
        return curves_up(p, q)

    def product(self, pairs: Pairs, z: Tensor) -> Tensor:
        """Compute B z (B, n) for z (B, n); costs about 4 m n products a problem."""
        every = list(zip(pairs.p.unbind(1), pairs.q.unbind(1), strict=True))
        inverse = [inverse_where(curves_up(p, q), dot(p, q)) for p, q in every]
        shares = []
        for c, (p, q) in zip(reversed(inverse), reversed(every), strict=True):
            shares.append((c * dot(p, z))[:, None])
            z = z - shares[-1] * q
        z = first_scale(*every[-1]) * z
        for c, (p, q) in zip(inverse, every, strict=True):
            z = z + (shares.pop() - (c * dot(q, z))[:, None]) * p
        return z


class LimitedMemorySR1(LimitedMemory):
    """Classical SR1 from the last pairs: the rank-one terms follow anew from the kept pairs in each step."""

    def wants(self, pairs: Pairs, p: Tensor, q: Tensor) -> Tensor:
        """Return a mask (B,) of pairs that SR1's denominator allows."""
        return well_defined(p - self.product(pairs, q), q)

    def product(self, pairs: Pairs, z: Tensor) -> Tensor:
        """Compute B z (B, n) for z (B, n); costs about m^2 n products a problem."""
        scale = first_scale(pairs.p[:, -1], pairs.q[:, -1])
        left = right = pairs.p[:, :0]
        for p, q in zip(pairs.p.unbind(1), pairs.q.unbind(1), strict=True):
            r = p - scale * q - _rank_ones(left, right, q)
            c = inverse_where(well_defined(r, q), dot(r, q))[:, None]
            left = torch.cat([left, (c * r)[:, None]], 1)
            right = torch.cat([right, r[:, None]], 1)
        return scale * z + _rank_ones(left, right, z)


def _rank_ones(left: Tensor, right: Tensor, z: Tensor) -> Tensor:
    """Return the sum of l r^T z (B, n) over the vectors l and r (B, m, n)."""
    return torch.einsum("bmn,bm->bn", left, torch.einsum("bmn,bn->bm", right, z))
