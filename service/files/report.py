"""The report of fitting many files: counts, problems and warnings."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from model.keypoints.input_warnings import InputWarning

REPORT_NAME = "hmr-fit-report.json"

# All that is kept of the warnings, so that a hundred thousand files take no more memory than some.
_MOST_OF_A_KIND = 1000
_MOST_KINDS = 100


class Warned(NamedTuple):
    """A warning and the file that it is about."""

    source: Path
    warning: InputWarning


class Warnings:
    """Warnings of many files; of each sentence, and of sentences, a bounded number is kept.

    Attributes:
        kept: in the order in which they came.
        counts: of files by sentence.
        left_out: how many were not kept.
    """

    def __init__(self) -> None:
        self.kept: list[Warned] = []
        self.counts: Counter[str] = Counter()
        self.left_out = 0

    def add(self, source: Path, input_warnings: Iterable[InputWarning]) -> None:
        """Note the input_warnings about a file."""
        for input_warning in input_warnings:
            known = input_warning.text in self.counts or len(self.counts) < _MOST_KINDS
            if known:
                self.counts[input_warning.text] += 1
            if known and self.counts[input_warning.text] <= _MOST_OF_A_KIND:
                self.kept.append(Warned(source, input_warning))
            else:
                self.left_out += 1

    def summary(self, most: int) -> list[str]:
        """At most `most` lines, one for each sentence, those of many files first."""
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
        skipped: done before.
        problems: files without an answer of this run, and why.
        warnings: about fitted files, and about people in them that could not be fitted.
    """

    files: int = 0
    people: int = 0
    skipped: int = 0
    problems: list[tuple[Path, str]] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)

    def write(self, folder: Path) -> None:
        """Into a folder, as JSON. `people` of a warning are places in the file; empty: all of the file."""
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
