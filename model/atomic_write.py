"""Files that are there whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that a reader, or a crash, finds as it was before or as it is to be.

    Raises:
        OSError: it can't be written; nothing is left behind.
    """
    put_in_place([(path, data)])


def put_in_place(files: list[tuple[Path, bytes]]) -> None:
    """Write several files beside their places, then rename them one after another in the order given.

    So the last one can vouch for the others: a crash before it leaves the old one, and what it vouched for.

    Raises:
        OSError: one can't be written; none was put in its place, unless renaming itself failed.
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
    """Make a rename last through a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
