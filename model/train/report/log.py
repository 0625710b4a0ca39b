"""The log of a run: a line of JSON for each event, and the same as text."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Pace:
    """Counter of people per second."""

    def __init__(self) -> None:
        self._since, self._people = time.perf_counter(), 0

    def count(self, people: int) -> None:
        """Add a number of people."""
        self._people += people

    def per_second(self) -> float:
        """Return the pace since the last call, or since the start."""
        now = time.perf_counter()
        pace = self._people / (now - self._since)
        self._since, self._people = now, 0
        return pace


FILE = "log.jsonl"
Value = float | str | list[float]


class LogError(Exception):
    """A log can't be written or read; the message says why."""


class Sink(Protocol):
    """Receiver of logged events."""

    def __call__(self, event: str, iteration: int, values: Mapping[str, Value]) -> None:
        """Take one event of an iteration with its values."""


class RunLog:
    """Appends events to `log.jsonl` in a folder and passes them on; without a folder it discards them."""

    def __init__(
        self, folder: Path | None, report: Callable[[str], None], sinks: Sequence[Sink] = ()
    ) -> None:
        self._folder = folder
        self._report = report
        self._sinks = sinks

    def write(self, event: str, *, iteration: int, **values: Value) -> None:
        """Record one event with its numbers."""
        if self._folder is None:
            return
        record = {"event": event, "time": round(time.time(), 1), "iteration": iteration, **values}
        with (self._folder / FILE).open("a") as file:
            file.write(json.dumps(record) + "\n")
        for sink in self._sinks:
            sink(event, iteration, values)
        shown = {"iteration": iteration, **values}
        self._report(f"{event}: " + ", ".join(f"{key} {_short(value)}" for key, value in shown.items()))


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Read all events of a run in order; a last line that was cut off is left out.

    Raises:
        LogError: the log is missing, or a line is not one of a run's.
    """
    path = folder / FILE
    try:
        lines = path.read_text().split("\n")
        return [_event(line) for line in lines[:-1] if line]
    except (OSError, ValueError) as error:
        raise LogError(f"{path} is not the log of a run: {error}.") from error


def _event(line: str) -> dict[str, Any]:
    record = json.loads(line)
    if not isinstance(record, dict) or "event" not in record:
        raise ValueError(f"{line[:60]!r} is no event")
    return record


def _short(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "[" + " ".join(f"{item:.1f}" for item in value) + "]"
    return str(value)
