"""The report of fitting many files: counts, problems and warnings."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from model.keypoints.input_warnings import InputWarning

REPORT_NAME = "hmr-fit-report.json"

# Limits of the kept warnings, so that memory doesn't grow with the number of files.
_MOST_OF_A_KIND = 1000
_MOST_KINDS = 100


class Warned(NamedTuple):
    """A warning with its file."""

    source: Path
    warning: InputWarning


class Warnings:
    """Warnings of many files, limited per text and in the number of texts.

    Attributes:
        kept: the kept warnings, in order of arrival.
        counts: number of files by text.
        left_out: number of warnings that were not kept.
    """

    def __init__(self) -> None:
        self.kept: list[Warned] = []
        self.counts: Counter[str] = Counter()
        self.left_out = 0

    def add(self, source: Path, input_warnings: Iterable[InputWarning]) -> None:
        """Add the warnings about a file."""
        for input_warning in input_warnings:
            known = input_warning.text in self.counts or len(self.counts) < _MOST_KINDS
            if known:
                self.counts[input_warning.text] += 1
            if known and self.counts[input_warning.text] <= _MOST_OF_A_KIND:
                self.kept.append(Warned(source, input_warning))
            else:
                self.left_out += 1

    def summary(self, most: int) -> list[str]:
        """Return at most `most` lines, one for each text, the most frequent first."""
        first: dict[str, Warned] = {}
        for warned in self.kept:
            first.setdefault(warned.warning.text, warned)
        lines = [
            f"{first[text].source}: {first[text].warning}"
            if count == 1
            else f"{count} files, the first {first[text].source}: {text}"
            for text, count in self.counts.most_common(most)
        ]
        more = len(self.counts) - most
        return lines if more <= 0 else [*lines[:-1], f"… and {more + 1} other warnings"]


@dataclass
class Report:
    """Counts, problems and warnings of all files.

    Attributes:
        files, people: numbers of written files, and of people with status ok in them.
        skipped: number of files that an earlier run did.
        problems: files without an answer of this run, with the reason.
        warnings: about fitted files, and about people in them that could not be fitted.
    """

    files: int = 0
    people: int = 0
    skipped: int = 0
    problems: list[tuple[Path, str]] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)

    def write(self, folder: Path) -> None:
        """Write the report into a folder as JSON.

        `people` of a warning are positions in the file; empty: the warning is about the whole file.
        """
        content = {
            "files": self.files,
            "people": self.people,
            "skipped": self.skipped,
            "problems": [{"file": str(source), "problem": problem} for source, problem in self.problems],
            "warnings": [
                {"file": str(source), "message": input_warning.text, "people": list(input_warning.people)}
                for source, input_warning in self.warnings.kept
            ],
            "warnings_left_out": self.warnings.left_out,
            "warning_counts": dict(self.warnings.counts.most_common()),
        }
        (folder / REPORT_NAME).write_text(json.dumps(content, indent=2), encoding="utf-8")
