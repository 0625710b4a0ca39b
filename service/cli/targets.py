"""Check of files to write, which are not overwritten without --force."""

from pathlib import Path


def check_target(out: Path, force: bool) -> None:
    """Raise FileExistsError if `out` exists and must not be overwritten."""
    if out.exists() and not force:
        raise FileExistsError(f"{out} exists; --force overwrites it.")
