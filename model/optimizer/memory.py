"""The buffer of L-SR1: B = I + sum of v v^T over the last vectors, never formed as a matrix."""

import torch
from torch import Tensor


def empty_memory(x: Tensor) -> Tensor:
    """Return no vectors, (B, 0, n) for x (B, n), which stands for B = I."""
    return x.new_zeros(x.shape[0], 0, x.shape[1])


def push(vectors: Tensor, vector: Tensor, length: int) -> Tensor:
    """Append vector (B, n) to vectors (B, m, n), dropping the oldest beyond `length`."""
    surplus = max(vectors.shape[1] + 1 - length, 0)
    return torch.cat([vectors, vector[:, None]], 1)[:, surplus:]


def apply_metric(vectors: Tensor, z: Tensor, *, identity: bool = True) -> Tensor:
    """Compute B z = z + V (V^T z), (B, n), for vectors (B, m, n) and z (B, n); costs 2 m n products each.

    Without the identity, B = V V^T.
    """
    inner = torch.einsum("bmn,bn->bm", vectors, z)
    learned = torch.einsum("bmn,bm->bn", vectors, inner)
    return z + learned if identity else learned
