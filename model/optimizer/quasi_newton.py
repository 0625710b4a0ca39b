"""Updates of the classical quasi-Newton solvers; B stands for the inverse Hessian: B q = p."""

from typing import NamedTuple

import torch
from torch import Tensor

# A pair (p, q) counts for BFGS if its denominator is above this share of the largest that it could be.
_LEAST_COSINE = 1e-8


class Past(NamedTuple):
    """The last point and the gradient there, (B, n) both."""

    x: Tensor
    gradient: Tensor


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Return inner products (...) of (..., n) and (..., n)."""
    return (a * b).sum(-1)


def outer(a: Tensor, b: Tensor) -> Tensor:
    """Return outer products a b^T (B, n, n) of (B, n) and (B, n)."""
    return a[..., :, None] * b[..., None, :]


def curves_up(p: Tensor, q: Tensor) -> Tensor:
    """Return where p^T q is safely positive (...), so that BFGS and DFP keep B positive definite."""
    return dot(p, q) > _LEAST_COSINE * _largest(p, q)


def well_defined(r: Tensor, q: Tensor) -> Tensor:
    """Return a mask (...) of SR1's denominators r^T q safely away from zero (Nocedal, Wright, 2006, 6.26).

    Their 1e-8 is the root of what 64 bits resolve. In 32 bits it would let through what is rounding alone,
    such as the first pair's, which is zero by the choice of the first scale.
    """
    least: float = torch.finfo(q.dtype).eps ** 0.5
    return dot(r, q).abs() > least * _largest(r, q)


def _largest(a: Tensor, b: Tensor) -> Tensor:
    """Return |a| |b| (...)."""
    product: Tensor = a.norm(dim=-1) * b.norm(dim=-1)
    return product


def inverse_where(safe: Tensor, value: Tensor) -> Tensor:
    """Return 1 / value where that is safe, else 0."""
    return torch.where(safe, 1 / value.where(safe, 1.0), 0.0)


def first_scale(p: Tensor, q: Tensor) -> Tensor:
    """Return the gamma (B, 1) of B_0 = gamma I: p^T q / q^T q (Nocedal, Wright, 6.20), 1 unless positive."""
    safe = curves_up(p, q)
    return torch.where(safe, dot(p, q) * inverse_where(safe, dot(q, q)), 1.0)[..., None]


def first_direction(gradient: Tensor) -> Tensor:
    """Return the direction before any curvature is known: -g (B, n), with a 1-norm of at most one."""
    return -gradient / gradient.abs().sum(-1, keepdim=True).clamp_min(1.0)
