"""Finished parts of an experiment, in files: what was run once is read the next time."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import Tensor

from model.atomic_write import atomic_write
from model.experiments.errors import ExperimentError

_SETTINGS = "settings.json"


class ResultCache:
    """A folder of parts, all made under the same settings.

    Attributes:
        folder: where they are.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        """Open or create the folder; ExperimentError if its parts were made under other settings."""
        self.folder = folder
        self._seconds: dict[str, float] = {}
        folder.mkdir(parents=True, exist_ok=True)
        path, plain = folder / _SETTINGS, json.loads(json.dumps(settings))
        if path.exists() and _read(path) != plain:
            raise ExperimentError(
                f"{folder} holds parts of other settings: remove it, or give another folder."
            )
        write_json(path, plain)

    @property
    def seconds(self) -> float:
        """Processor time that the parts took, over all runs; one that is used twice counts once."""
        return sum(self._seconds.values())

    def value(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what `make` gives, as JSON has it; from the part's file if that is there."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            begun = time.process_time()
            value = make()
            write_json(path, {"seconds": round(time.process_time() - begun, 2), "value": value})
        found = _read(path)
        try:
            self._seconds[name] = found["seconds"]
            return found["value"]
        except (KeyError, TypeError) as error:
            raise ExperimentError(
                f"{path} is no part of an experiment: remove it to make it again."
            ) from error

    def tensors(self, name: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """The same for a network's tensors."""
        path = self.folder / f"{name}.safetensors"

        def made() -> None:
            atomic_write(path, save({key: value.contiguous() for key, value in make().items()}))

        self.value(name, made)
        try:
            return load_file(path)
        except Exception as error:  # a broken file raises almost anything
            raise ExperimentError(f"{path} is broken: {error}. Remove {name}.* to make it again.") from error


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file that is there whole or not at all."""
    atomic_write(path, (json.dumps(value, indent=1) + "\n").encode())


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ExperimentError(f"{path} can't be read: {error}. Remove it to make it again.") from error
