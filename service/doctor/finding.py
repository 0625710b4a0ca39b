"""Findings of the checks."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """Verdict of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(NamedTuple):
    """Result of one check.

    Attributes:
        name: of what.
        verdict: whether it is fine; with a warning the service works, too.
        detail: what was found, in words.
        remedy: what to do unless it is fine.
    """

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""
