"""The log of a run: a line of JSON for each event, and the same for people."""

import json
import time
from collections.abc import Callable
from pathlib import Path


class RunLog:
    """Appends events to `log.jsonl` in a folder and tells them to `say`."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._path = folder / "log.jsonl"
        self._say = say

    def write(self, event: str, **values: float | str | list[float]) -> None:
        """Record one event with its numbers."""
        record = {"event": event, "time": round(time.time(), 1), **values}
        with self._path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        self._say(f"{event}: " + ", ".join(f"{key} {_short(value)}" for key, value in values.items()))


def _short(value: float | str | list[float]) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "[" + " ".join(f"{item:.1f}" for item in value) + "]"
    return str(value)
