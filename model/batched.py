"""Values that consist of tensors with one row per item: row selection, joining and moving, written once.

The functions take a tensor, a named tuple or a dataclass, nested as deep as it may be; `Batched` offers them
as methods to dataclasses. Parts that hold no tensor are taken over from the first value.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Self, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


def tree_map(function: Callable[..., Tensor], value: T, *others: T) -> T:
    """Apply a function to each tensor of a value, together with the same tensor of others of its type."""
    every: tuple[Any, ...] = (value, *others)
    if isinstance(value, Tensor):
        return function(*every)  # type: ignore[return-value]
    if isinstance(value, tuple):
        parts = [tree_map(function, *same) for same in zip(*every, strict=True)]
        # Named tuples are made from arguments, plain ones from a sequence.
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.init]
        changed = {name: tree_map(function, *(getattr(part, name) for part in every)) for name in names}
        return replace(value, **changed)
    return value


def take_rows(value: T, rows: Tensor | slice) -> T:
    """Return the rows of a value (B, …) that indices (P,), a mask (B,) or a slice select."""
    return tree_map(lambda part: part[rows], value)


def replace_rows(value: T, rows: Tensor, by: T) -> T:
    """Return a value (B, …) with other rows (P, …) at the indices (P,)."""
    return tree_map(lambda part, other: part.index_copy(0, rows, other), value, by)


def where_rows(mask: Tensor, value: T, other: T) -> T:
    """Return the rows of a value where the mask (B,) holds, else those of another, which may be one row."""

    def chosen(part: Tensor, instead: Tensor) -> Tensor:
        return torch.where(mask.view(-1, *[1] * (part.dim() - 1)), part, instead)

    return tree_map(chosen, value, other)


def concatenate(values: Sequence[T]) -> T:
    """Join values of the same type along the first dimension."""
    return tree_map(lambda *parts: torch.cat(parts), *values)


class Batched:
    """A dataclass of tensors (B, …), and of other such values."""

    def rows(self, which: Tensor | slice) -> Self:
        """Return the rows that indices (P,), a mask (B,) or a slice select."""
        return take_rows(self, which)

    def replaced(self, rows: Tensor, by: Self) -> Self:
        """Return a copy with other rows (P, …) at the indices (P,)."""
        return replace_rows(self, rows, by)

    def where(self, mask: Tensor, other: Self) -> Self:
        """Return these rows where the mask (B,) holds, else the other's."""
        return where_rows(mask, self, other)

    def to(self, target: torch.device | torch.dtype | str) -> Self:
        """Return a copy on a device, or of a type of number."""
        return tree_map(lambda part: part.to(target), self)

    @classmethod
    def cat(cls, values: Sequence[Self]) -> Self:
        """Join values along the first dimension."""
        return concatenate(values)
