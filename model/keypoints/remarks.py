"""Warnings about an input, gathered so that a crowd gives one line and not hundreds."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Remarks:
    """Sentences, each with the people to whom it applies (none: the whole file)."""

    people: dict[str, list[int]] = field(default_factory=dict)

    def add(self, sentence: str, indices: Iterable[int] = ()) -> None:
        """Note a sentence for the people with these indices; the same sentence is kept once."""
        self.people.setdefault(sentence, []).extend(indices)

    def sentences(self) -> list[str]:
        """All sentences in the order in which they came up."""
        return [
            f"{text} (people {', '.join(map(str, who))})" if who else text
            for text, who in self.people.items()
        ]
