"""The folder of a finished run: its weights, their sizes, and the record of how they were made."""

import json
from pathlib import Path
from typing import Any

from model.atomic_write import atomic_write_all
from model.fit.network import Recovery
from model.weights import WeightsError, recovery_from_bytes, recovery_to_bytes, sha256

WEIGHTS, _SIZES, _RECORD = "recovery.safetensors", "recovery.json", "run.json"


def save_run(recovery: Recovery, folder: Path, identity: dict[str, Any]) -> Path:
    """Write finished weights for `load_run`, with their configuration and the run's identity beside them."""
    data = recovery_to_bytes(recovery)
    record = {"weights": {"file": WEIGHTS, "sha256": sha256(data)}, **identity}
    atomic_write_all(
        [
            (folder / WEIGHTS, data),
            (folder / _SIZES, _json(recovery.config.to_dict())),
            (folder / _RECORD, _json(record)),
        ]
    )
    return folder / WEIGHTS


def _json(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()


def load_run(folder: Path) -> Recovery:
    """Load the finished weights of a run; WeightsError if they can't be read."""
    try:
        data, sizes = (folder / WEIGHTS).read_bytes(), json.loads((folder / _SIZES).read_text())
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} holds no finished run: {error}.") from error
    return recovery_from_bytes(data, sizes, folder / WEIGHTS)


def read_record(folder: Path) -> dict[str, Any] | None:
    """Read `run.json`, a run's identity and the hash of its weights; None without one.

    Raises:
        WeightsError: it can't be read, or is not what a run writes.
    """
    path = folder / _RECORD
    if not path.exists():
        return None
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        texts = [record["weights"]["sha256"], record["body"]["name"], record["body"]["sha256"]]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("hashes and names must be text")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} is not the record of a run: {error!r}.") from error
    return record
