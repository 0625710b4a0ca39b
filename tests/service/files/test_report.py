"""Report of a run over many files."""

import json
from pathlib import Path

import pytest

from model.keypoints.input_warnings import InputWarning
from service.files import report as report_module
from service.files.report import REPORT_NAME, Report, Warnings


def warnings_of(*input_warnings: tuple[str, str]) -> Warnings:
    """Return warnings from pairs of file and text."""
    warnings = Warnings()
    for file, text in input_warnings:
        warnings.add(Path(file), [InputWarning(text)])
    return warnings


def test_summary_merges_equal_texts_and_sorts_by_frequency() -> None:
    warnings = warnings_of(("a", "Rare."), ("b", "Common."), ("c", "Common."))
    assert warnings.summary(5) == ["2 files, the first b: Common.", "a: Rare."]


def test_summary_is_cut_to_its_limit() -> None:
    warnings = warnings_of(*((str(i), f"Sentence {i}.") for i in range(9)))
    assert warnings.summary(9)[-1] == "8: Sentence 8."
    assert warnings.summary(3) == ["0: Sentence 0.", "1: Sentence 1.", "… and 7 other warnings"]
    assert Warnings().summary(3) == []


def test_kept_warnings_are_limited_and_the_rest_is_counted(
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


def test_report_names_the_people_of_a_warning(tmp_path: Path) -> None:
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
