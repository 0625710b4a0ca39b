"""Warnings about an input, gathered so that a crowd gives one line and not hundreds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class InputWarning(NamedTuple):
    """A sentence, and the people that it applies to (none: the whole file)."""

    text: str
    people: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} (people {', '.join(map(str, self.people))})" if self.people else self.text


@dataclass
class InputWarnings:
    """Sentences, each with the people that it applies to (none: the whole file)."""

    people: dict[str, list[int]] = field(default_factory=dict)

    def add(self, sentence: str, indices: Iterable[int] = ()) -> None:
        """Add a sentence for the people with these indices; equal sentences are kept once."""
        self.people.setdefault(sentence, []).extend(indices)

    def all(self) -> list[InputWarning]:
        """Return all warnings in the order of their first appearance."""
        return [InputWarning(text, tuple(indices)) for text, indices in self.people.items()]
