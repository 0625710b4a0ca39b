"""Warnings about an input, gathered so that a crowd gives one line and not hundreds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class InputWarning(NamedTuple):
    """A sentence, and the people to whom it applies (none: the whole file)."""

    text: str
    people: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} (people {', '.join(map(str, self.people))})" if self.people else self.text


@dataclass
class InputWarnings:
    """Sentences, each with the people to whom it applies (none: the whole file)."""

    people: dict[str, list[int]] = field(default_factory=dict)

    def add(self, sentence: str, indices: Iterable[int] = ()) -> None:
        """Note a sentence for the people with these indices; the same sentence is kept once."""
        self.people.setdefault(sentence, []).extend(indices)

    def all(self) -> list[InputWarning]:
        """All of them in the order in which they came up."""
        return [InputWarning(text, tuple(who)) for text, who in self.people.items()]
