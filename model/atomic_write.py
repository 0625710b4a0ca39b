"""Atomic writes: a file is complete, or as it was before."""

import os
from pathlib import Path


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file, and its folder if missing; readers and crashes find the old content or the new one.

    Raises:
        OSError: the file can't be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write_all([(path, data)])


def atomic_write_all(files: list[tuple[Path, bytes]]) -> None:
    """Write several files beside their places, then rename them one after another in the given order.

    So the last one can vouch for the others: a crash before its rename leaves the old one in place.

    Raises:
        OSError: one can't be written; none was replaced, unless a rename failed.
    """
    parts = [(path.with_name(f"{path.name}.part"), path, data) for path, data in files]
    try:
        for part, _, data in parts:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for part, path, _ in parts:
            os.replace(part, path)
            _sync_folder(path.parent)
    finally:
        for part, _, _ in parts:
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
