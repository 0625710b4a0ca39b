"""The buffer of learned vectors: its product equals the dense matrix's, which is positive definite."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.optimizer.memory import apply_metric, empty_memory, push

sizes = st.integers(1, 40)


def vectors_of(count: int, length: int, size: int, seed: int) -> Tensor:
    return torch.randn(count, length, size, generator=torch.Generator().manual_seed(seed)).double()


def dense(vectors: Tensor) -> Tensor:
    """B = I + sum of v v^T (B, n, n), formed as the service never does."""
    size = vectors.shape[2]
    return torch.stack([torch.eye(size).double() + sum(torch.outer(v, v) for v in some) for some in vectors])


@given(st.integers(0, 6), sizes, st.integers(0, 2**31))
def test_the_product_is_the_dense_matrix_s(length: int, size: int, seed: int) -> None:
    vectors = vectors_of(3, length, size, seed)
    z = torch.randn(3, size, generator=torch.Generator().manual_seed(seed + 1)).double()
    torch.testing.assert_close(apply_metric(vectors, z), (dense(vectors) @ z[..., None])[..., 0])


@given(st.integers(0, 6), sizes, st.integers(0, 2**31))
def test_the_metric_is_positive_definite(length: int, size: int, seed: int) -> None:
    """Its least eigenvalue is at least one, so B never shortens a vector nor turns it round."""
    vectors = vectors_of(2, length, size, seed)
    assert torch.linalg.eigvalsh(dense(vectors)).min() >= 1 - 1e-9
    z = torch.randn(2, size, generator=torch.Generator().manual_seed(seed + 1)).double()
    assert ((z * apply_metric(vectors, z)).sum(1) >= z.square().sum(1) * (1 - 1e-12)).all()


def test_an_empty_memory_is_the_identity() -> None:
    z = torch.randn(3, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(apply_metric(empty_memory(z), z), z)


@pytest.mark.parametrize("length", [0, 1, 3, 10])
def test_the_oldest_is_dropped(length: int) -> None:
    vectors, pushed = empty_memory(torch.zeros(2, 4)), []
    for i in range(6):
        vector = torch.full((2, 4), float(i))
        pushed.append(vector)
        vectors = push(vectors, vector, length)
        kept = pushed[max(len(pushed) - length, 0) :]
        assert torch.equal(vectors, torch.stack(kept, 1) if kept else empty_memory(vector))
