"""Fits of files: batches, repeated runs, bad files, layouts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.keypoints.layouts import Layout
from model.weights import ServedModel
from service.files import run as run_module
from service.files.ledger import Ledger
from service.files.plan import Task, make_plan
from service.files.report import Report
from service.files.run import FileFitter
from service.media import MediaType
from service.models.identity import Identity
from service.models.served import identity_of
from tests.service.people import CAMERA, crowd, document, keypoints, person


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    people = crowd(12)
    for i in range(10):
        value = document(*people[i : i + 3], options={"steps": i % 2 + 1})
        (folder / f"{i}.json").write_text(json.dumps(value))
    (folder / "empty.json").write_text('{"people": []}')
    return folder


def fit(
    served: ServedModel,
    sources: Path,
    *,
    force: bool = False,
    identity: Identity | None = None,
    layout: Layout | None = None,
) -> Report:
    out = sources.parent / "out"
    out.mkdir(exist_ok=True)
    ledger = Ledger(out, identity or identity_of(served))
    fitter = FileFitter(served, MediaType.JSON, ledger=ledger, force=force, layout=layout)
    return fitter.run(make_plan([sources], out).tasks)


def answers(sources: Path) -> dict[str, Any]:
    files = sorted((sources.parent / "out").glob("[!.]*.json"))
    return {file.name: json.loads(file.read_text())["people"] for file in files}


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_answers_do_not_depend_on_the_batches(
    served: ServedModel, sources: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_BATCH_PEOPLE", size)
    report = fit(served, sources)
    assert (report.files, report.people, report.problems) == (11, 30, [])
    found = answers(sources)
    assert found["empty.json"] == []
    monkeypatch.setattr(run_module, "_BATCH_PEOPLE", 1)
    fit(served, sources, force=True)
    for name, people in answers(sources).items():
        for one, other in zip(people, found[name], strict=True):
            np.testing.assert_allclose(one["joints3d"], other["joints3d"], atol=1e-5)


def test_second_run_fits_only_missing_answers(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    out = sources.parent / "out"
    (out / "3.json").unlink()
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    report = fit(served, sources)
    assert (report.files, report.skipped, report.problems) == (1, 10, [])
    after = {file.name: file.stat().st_mtime_ns for file in out.glob("[!.]*.json")}
    assert {name for name in after if after[name] != before.get(name)} == {"3.json"}


def test_changed_and_foreign_files_are_overwritten_only_by_force(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    out = sources.parent / "out"
    (sources / "1.json").write_text('{"people": []}')
    (sources / "new.json").write_text('{"people": []}')
    (out / "new.json").write_text("precious")
    report = fit(served, sources)
    reasons = {source.name: reason for source, reason in report.problems}
    assert set(reasons) == {"1.json", "new.json"}
    assert "changed since" in reasons["1.json"]
    assert "not written by this command" in reasons["new.json"]
    assert (out / "new.json").read_text() == "precious"
    assert fit(served, sources, force=True).files == 12
    assert answers(sources)["1.json"] == answers(sources)["new.json"] == []


def test_answers_of_other_weights_are_reported(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    other = identity_of(served)._replace(weights_sha256="0" * 64)
    report = fit(served, sources, identity=other)
    assert len(report.problems) == 11
    assert all("other weights" in reason for _, reason in report.problems)


def test_bad_files_are_reported_and_the_others_fitted(served: ServedModel, sources: Path) -> None:
    (sources / "bad.json").write_text('{"people": [{"pose_keypoints_2d": [1, 2]}]}')
    (sources / "binary.json").write_bytes(bytes(range(256)))
    (sources / "gone.json").symlink_to(sources / "nowhere")
    report = fit(served, sources)
    assert report.files == 11
    assert {source.name for source, _ in report.problems} == {"bad.json", "binary.json"}
    task = Task(sources / "gone.json", sources.parent / "out2/gone.json")
    (problem,) = FileFitter(served, MediaType.JSON).run([task]).problems
    assert "No such file" in problem[1]


def test_ledger_line_cut_short_by_a_crash_is_ignored(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    ledger = sources.parent / "out/.hmr-fit.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-30])
    report = fit(served, sources)
    assert (report.skipped, len(report.problems)) == (10, 1)
    fit(served, sources, force=True)
    assert fit(served, sources).skipped == 11


@pytest.fixture
def other_layout(tmp_path: Path) -> Path:
    """A folder with a file in BODY_25B without a layout's name."""
    folder = tmp_path / "in"
    folder.mkdir()
    value = document(person(keypoints(Layout.BODY_25B)), camera=CAMERA)
    (folder / "a.json").write_text(json.dumps(value))
    return folder


def test_warnings_name_the_file_and_its_people(served: ServedModel, other_layout: Path) -> None:
    value = document({}, *crowd(1), {}, camera=CAMERA)
    (other_layout / "b.json").write_text(json.dumps(value))
    report = fit(served, other_layout)
    assert report.problems == []
    # Untrained networks are far off all keypoints.
    twin, off, other, unfitted = report.warnings.kept
    assert off.warning.text == other.warning.text
    assert "off its keypoints" in off.warning.text
    assert (other.source.name, other.warning.people) == ("b.json", (1,))
    assert (twin.source.name, twin.warning.people) == ("a.json", (0,))
    assert "look like BODY_25B" in twin.warning.text
    assert (unfitted.source.name, unfitted.warning.people) == ("b.json", (0, 2))
    assert unfitted.warning.text.startswith("Not fitted: Fewer than")


def test_default_layout_is_for_files_that_name_none(served: ServedModel, other_layout: Path) -> None:
    named = document(layout="BODY_25", camera=CAMERA)
    (other_layout / "named.json").write_text(json.dumps(named))
    kept = fit(served, other_layout, layout=Layout.BODY_25B).warnings.kept
    assert all("off its keypoints" in warned.warning.text for warned in kept)


def test_answer_in_another_layout_is_out_of_date(served: ServedModel, other_layout: Path) -> None:
    fit(served, other_layout)
    ((_, reason),) = fit(served, other_layout, layout=Layout.BODY_25B).problems
    assert "layout has changed" in reason
    assert fit(served, other_layout, layout=Layout.BODY_25B, force=True).files == 1
    assert fit(served, other_layout, layout=Layout.BODY_25B).skipped == 1
