"""The report of a run over many files."""

import json
from pathlib import Path

import pytest

from model.keypoints.input_warnings import InputWarning
from service.files import report as report_module
from service.files.report import REPORT_NAME, Report, Warnings


def warnings_of(*input_warnings: tuple[str, str]) -> Warnings:
    """Of (file, sentence)."""
    warnings = Warnings()
    for file, text in input_warnings:
        warnings.add(Path(file), [InputWarning(text)])
    return warnings


def test_the_same_sentence_is_one_line_and_the_common_come_first() -> None:
    warnings = warnings_of(("a", "Rare."), ("b", "Common."), ("c", "Common."))
    assert warnings.summary(5) == ["2 files, the first b: Common.", "a: Rare."]


def test_a_summary_is_never_longer_than_it_may_be() -> None:
    warnings = warnings_of(*((str(i), f"Sentence {i}.") for i in range(9)))
    assert warnings.summary(9)[-1] == "8: Sentence 8."
    assert warnings.summary(3) == ["0: Sentence 0.", "1: Sentence 1.", "… and 7 other warnings"]
    assert Warnings().summary(3) == []


def test_a_bounded_number_is_kept_and_what_is_left_out_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(report_module, "_MOST_OF_A_KIND", 2)
    monkeypatch.setattr(report_module, "_MOST_KINDS", 3)
    report = Report(warnings=warnings_of(*((str(i), f"Kind {i % 4}.") for i in range(20))))
    report.write(tmp_path)
    written = json.loads((tmp_path / REPORT_NAME).read_text())
    assert [entry["file"] for entry in written["warnings"]] == ["0", "1", "2", "4", "5", "6"]
    assert written["warnings_left_out"] == 14
    assert written["warning_counts"] == {"Kind 0.": 5, "Kind 1.": 5, "Kind 2.": 5}


def test_people_are_in_the_report(tmp_path: Path) -> None:
    report = Report(problems=[(Path("bad.json"), "Broken.")])
    report.warnings.add(Path("a.json"), [InputWarning("Odd.", (0, 2)), InputWarning("No camera.")])
    report.write(tmp_path)
    written = json.loads((tmp_path / REPORT_NAME).read_text())
    assert written["problems"] == [{"file": "bad.json", "problem": "Broken."}]
    assert written["warnings"] == [
        {"file": "a.json", "message": "Odd.", "people": [0, 2]},
        {"file": "a.json", "message": "No camera.", "people": []},
    ]
    assert report.warnings.summary(5)[0] == "a.json: Odd. (people 0, 2)"
