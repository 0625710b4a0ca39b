"""Fitting files: in batches, again only where needed, and each for itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.weights import ServedModel
from service.files import run as run_module
from service.files.ledger import Ledger
from service.files.plan import make_plan
from service.files.run import FileFitter, Report
from service.identity import Identity
from service.media import MediaType
from tests.service.people import crowd, document


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    people = crowd(12)
    for i in range(10):
        value = document(*people[i : i + 3], options={"steps": i % 2 + 1})
        (folder / f"{i}.json").write_text(json.dumps(value))
    (folder / "nobody.json").write_text('{"people": []}')
    return folder


def fit(
    served: ServedModel, sources: Path, *, force: bool = False, identity: Identity | None = None
) -> Report:
    out = sources.parent / "out"
    out.mkdir(exist_ok=True)
    ledger = Ledger(out, identity or Identity.of(served))
    return FileFitter(served, MediaType.JSON, ledger=ledger, force=force).run(make_plan([sources], out).tasks)


def answers(sources: Path) -> dict[str, Any]:
    files = sorted((sources.parent / "out").glob("[!.]*.json"))
    return {file.name: json.loads(file.read_text())["people"] for file in files}


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_whatever_the_batches_the_answers_are_the_same(
    served: ServedModel, sources: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_BATCH_PEOPLE", size)
    report = fit(served, sources)
    assert (report.files, report.people, report.problems) == (11, 30, [])
    found = answers(sources)
    assert found["nobody.json"] == []
    monkeypatch.setattr(run_module, "_BATCH_PEOPLE", 1)
    fit(served, sources, force=True)
    for name, people in answers(sources).items():
        for one, other in zip(people, found[name], strict=True):
            np.testing.assert_allclose(one["joints3d"], other["joints3d"], atol=1e-5)


def test_a_second_run_does_the_rest_only(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    out = sources.parent / "out"
    (out / "3.json").unlink()
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    report = fit(served, sources)
    assert (report.files, report.skipped, report.problems) == (1, 10, [])
    after = {file.name: file.stat().st_mtime_ns for file in out.glob("[!.]*.json")}
    assert {name for name in after if after[name] != before.get(name)} == {"3.json"}


def test_what_is_there_is_never_overwritten_unasked(served: ServedModel, sources: Path) -> None:
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


def test_answers_of_other_weights_are_told_apart(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    other = Identity.of(served)._replace(weights_sha256="0" * 64)
    report = fit(served, sources, identity=other)
    assert len(report.problems) == 11
    assert all("other weights" in reason for _, reason in report.problems)


def test_each_bad_file_is_told_and_the_others_are_fitted(served: ServedModel, sources: Path) -> None:
    (sources / "bad.json").write_text('{"people": [{"pose_keypoints_2d": [1, 2]}]}')
    (sources / "binary.json").write_bytes(bytes(range(256)))
    (sources / "gone.json").symlink_to(sources / "nowhere")
    report = fit(served, sources)
    assert report.files == 11
    assert {source.name for source, _ in report.problems} == {"bad.json", "binary.json"}
    plan = make_plan([sources / "gone.json"], sources.parent / "out2")
    (problem,) = FileFitter(served, MediaType.JSON).run(plan.tasks).problems
    assert "No such file" in problem[1]


def test_a_line_cut_short_by_a_crash_is_forgotten(served: ServedModel, sources: Path) -> None:
    fit(served, sources)
    ledger = sources.parent / "out/.hmr-fit.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-30])
    report = fit(served, sources)
    assert (report.skipped, len(report.problems)) == (10, 1)
    fit(served, sources, force=True)
    assert fit(served, sources).skipped == 11
