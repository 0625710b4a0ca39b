"""Row selection, joining and moving of nested values."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from model.batched import Batched, concatenate, replace_rows, take_rows, tree_map, where_rows

COUNT = 4


class Pair(NamedTuple):
    first: Tensor
    second: Tensor


@dataclass(frozen=True, eq=False)
class Value(Batched):
    numbers: Tensor
    pair: Pair
    name: str = "a"
    nothing: Tensor | None = None


def value(offset: float = 0.0, count: int = COUNT) -> Value:
    row = torch.arange(count) + offset
    return Value(row, Pair(row[:, None].repeat(1, 3), row.view(-1, 1, 1).repeat(1, 2, 2)), "a")


def tensors(of: Value) -> tuple[Tensor, Tensor, Tensor]:
    return of.numbers, *of.pair


def assert_rows(of: Value, expected: list[float]) -> None:
    for tensor in tensors(of):
        assert (
            tensor.flatten(1)[:, 0].tolist() == expected if tensor.dim() > 1 else tensor.tolist() == expected
        )


@pytest.mark.parametrize(
    "which",
    [torch.tensor([2, 0]), torch.tensor([2, 0], dtype=torch.int32)],
    ids=["64 bits", "32 bits"],
)
def test_rows_by_index_keep_the_order_of_the_indices(which: Tensor) -> None:
    assert_rows(value().rows(which), [2.0, 0.0])


def test_rows_by_mask_and_by_slice() -> None:
    assert_rows(value().rows(torch.tensor([True, False, False, True])), [0.0, 3.0])
    assert_rows(value().rows(slice(1, 3)), [1.0, 2.0])
    assert_rows(value().rows(torch.zeros(COUNT, dtype=torch.bool)), [])


def test_replaced_changes_the_given_rows_only() -> None:
    before = value()
    after = before.replaced(torch.tensor([3, 1]), value(10.0, 2))
    assert_rows(after, [0.0, 11.0, 2.0, 10.0])
    assert_rows(before, [0.0, 1.0, 2.0, 3.0])
    assert_rows(before.replaced(torch.tensor([], dtype=torch.int64), value(10.0, 0)), [0.0, 1.0, 2.0, 3.0])


def test_where_takes_rows_of_one_or_the_other() -> None:
    mask = torch.tensor([True, False, False, True])
    assert_rows(value().where(mask, value(10.0)), [0.0, 11.0, 12.0, 3.0])


def test_where_takes_one_row_for_all() -> None:
    zero = tree_map(lambda part: part.new_zeros(()), value())
    assert_rows(value(1.0).where(torch.tensor([True, False, True, False]), zero), [1.0, 0.0, 3.0, 0.0])


def test_to_changes_the_type_of_every_tensor() -> None:
    assert all(tensor.dtype == torch.float64 for tensor in tensors(value(0.5).to(torch.float64)))


def test_cat_is_the_inverse_of_slicing() -> None:
    whole = value()
    assert_rows(Value.cat([whole.rows(slice(0, 1)), whole.rows(slice(1, None))]), [0.0, 1.0, 2.0, 3.0])


def test_parts_that_hold_no_tensor_are_kept() -> None:
    assert (value().rows(torch.tensor([0])).name, value().rows(torch.tensor([0])).nothing) == ("a", None)


def test_the_functions_take_tensors_tuples_and_named_tuples() -> None:
    pair, index = value().pair, torch.tensor([1])
    assert isinstance(take_rows(pair, index), Pair)
    assert take_rows(torch.arange(3.0), index).tolist() == [1.0]
    first, second = take_rows((torch.arange(3.0), pair), index)
    assert first.tolist() == [1.0]
    assert torch.equal(second.first, pair.first[1:2])
    assert torch.equal(concatenate([pair, pair]).first, torch.cat([pair.first] * 2))
    assert replace_rows(torch.arange(3.0), index, torch.tensor([9.0])).tolist() == [0.0, 9.0, 2.0]
    assert where_rows(torch.tensor([True, False]), torch.ones(2), torch.zeros(2)).tolist() == [1.0, 0.0]


def test_values_of_different_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        tree_map(torch.add, (torch.ones(1),), (torch.ones(1), torch.ones(1)))
