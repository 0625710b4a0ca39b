"""The ledger of a folder: files written and their inputs, so that a second run does the rest only."""

import json
from enum import StrEnum
from pathlib import Path

from service.models.identity import Identity

_NAME = ".hmr-fit.jsonl"


class Standing(StrEnum):
    """Relation of an answer to its input; the value is the reason not to write it again."""

    MISSING = "doesn't exist yet"
    DONE = "done already"
    INPUT_CHANGED = "exists, but its input or the layout has changed since; --force writes it again"
    MODEL_CHANGED = "exists, but was fitted with other weights or another body; --force writes it again"
    FOREIGN = "exists and was not written by this command; --force overwrites it"


class Ledger:
    """The record of a folder's answers, one line each, added once the answer is written.

    Args:
        folder: folder of the answers.
        identity: weights and body of this run.
    """

    def __init__(self, folder: Path, identity: Identity) -> None:
        self._folder = folder
        self._file = folder / _NAME
        self._model = [identity.weights_sha256, identity.body_sha256]
        self._entries = self._read()

    def standing(self, target: Path, source_sha256: str) -> Standing:
        """Return the relation of an answer to an input with this hash."""
        if not target.exists():
            return Standing.MISSING
        entry = self._entries.get(self._place(target))
        if entry is None:
            return Standing.FOREIGN
        if entry[0] != source_sha256:
            return Standing.INPUT_CHANGED
        return Standing.DONE if entry[1:] == self._model else Standing.MODEL_CHANGED

    def add(self, written: dict[Path, str]) -> None:
        """Record answers with the hashes of their inputs."""
        entries = {self._place(target): [sha256, *self._model] for target, sha256 in written.items()}
        self._entries |= entries
        with self._file.open("a", encoding="utf-8") as file:
            # The line break ends a line that a crash cut short.
            file.writelines(["\n", *(json.dumps(item) + "\n" for item in entries.items())])

    def _place(self, target: Path) -> str:
        return target.relative_to(self._folder).as_posix()

    def _read(self) -> dict[str, list[str]]:
        """Return the last entry of each answer, without lines that a crash cut short."""
        entries: dict[str, list[str]] = {}
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        for line in lines:
            try:
                place, values = json.loads(line)
            except ValueError:
                continue
            entries[place] = values
        return entries
