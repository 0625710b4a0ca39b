"""Promotion: better weights are served, worse and damaged ones are not; readers never see half of it."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model.body.file import save_body
from model.data.library import PoseLibrary
from model.evaluate.poses import StepErrors
from model.fit.network import Recovery
from model.train.release import validate_run as checks
from model.train.release.promote import left_over, promote
from model.train.release.validate_run import Check, check_run, final_error
from model.weights import OPEN_BODY, WeightsError, load_served, recovery_to_bytes
from tests.model.people import TINY, random_poses, tiny_recovery
from tests.stick_body import stick_body

VALIDATION = PoseLibrary(random_poses(3, seed=1), torch.full((3,), 1 / 3))


def write_run(folder: Path, recovery: Recovery, record: bool = True) -> Path:
    """A finished run's folder."""
    folder.mkdir(exist_ok=True)
    data = recovery_to_bytes(recovery)
    (folder / "recovery.safetensors").write_bytes(data)
    (folder / "recovery.json").write_text(json.dumps(TINY.to_dict()))
    body = save_and_hash(folder.parent / "weights")
    about = {
        "weights": {"sha256": hashlib.sha256(data).hexdigest()},
        "config": {"seed": 3, "stages": [{"batch": 4}]},
        "body": {"name": "stick", "sha256": body},
        "data": {"poses": 12, "sha256": "d" * 64},
        "start": None,
    }
    if record:
        (folder / "run.json").write_text(json.dumps(about))
    return folder


def save_and_hash(folder: Path) -> str:
    save_body(stick_body(), folder / OPEN_BODY)
    return hashlib.sha256((folder / OPEN_BODY).read_bytes()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A weights folder that serves version 0.1."""
    run = write_run(tmp_path / "first", tiny_recovery(1))
    promote(check_run(run, VALIDATION, tmp_path / "weights"), tmp_path / "weights", "0.1")
    return tmp_path / "weights"


@pytest.fixture
def found(folder: Path) -> Check:
    """A second run, better than what is served."""
    found = check_run(write_run(folder.parent / "second", tiny_recovery(2)), VALIDATION, folder)
    return with_error(found, 1.0)


def with_error(found: Check, millimetres: float) -> Check:
    """The same run, had it done so well."""
    one = StepErrors([99.0, millimetres], [9.0, 8.0], [7.0, 6.0])
    return replace(found, errors={"clean": one, "noisy": one})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_promoted_weights_are_served_with_their_card(folder: Path, found: Check) -> None:
    promote(found, folder, "0.2")
    served = load_served(folder)
    assert served.version == "0.2"
    loaded = served.fitter.recovery.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in found.recovery.state_dict().items())
    card = (folder / "recovery-0.2.md").read_text()
    for text in (
        served.weights_sha256,
        "`seed` = 3",
        "`stages.0.batch` = 4",
        "12 poses",
        "0.1 (served before)",
    ):
        assert text in card
    assert "| 0.2 | clean | 99.0 → 1.0 |" in card


def test_the_served_and_the_run_are_measured_alike(folder: Path) -> None:
    """The same weights, as a run and as what is served, have the same errors, and are no worse."""
    found = check_run(folder.parent / "first", VALIDATION, folder)
    assert found.errors == found.served_errors
    assert not found.worse
    assert found.served_version == "0.1"
    promote(found, folder, "0.1")


@pytest.mark.parametrize("millimetres", [1e6, float("nan")])
def test_worse_weights_need_force(folder: Path, found: Check, millimetres: float) -> None:
    worse, before = with_error(found, millimetres), contents(folder)
    with pytest.raises(WeightsError, match=r"version 0\.1 .*--force"):
        promote(worse, folder, "0.2")
    assert contents(folder) == before
    promote(worse, folder, "0.2", force=True)
    assert load_served(folder).version == "0.2"


def test_the_final_error_is_the_mean_of_the_last_step() -> None:
    clean, noisy = (StepErrors([50.0, last], [0.0, 0.0], [0.0, 0.0]) for last in (10.0, 20.0))
    assert final_error({"clean": clean, "noisy": noisy}) == 15.0


def test_an_uncomparable_run_needs_force(folder: Path) -> None:
    weights = folder / "recovery-0.1.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    found = check_run(folder.parent / "first", VALIDATION, folder)
    assert found.served_errors is None
    with pytest.raises(WeightsError, match=r"recovery-0\.1\.safetensors was changed.*--force"):
        promote(found, folder, "0.2")
    promote(found, folder, "0.2", force=True)
    assert load_served(folder).version == "0.2"


def test_a_version_that_is_taken_is_refused(folder: Path, found: Check) -> None:
    before = contents(folder)
    with pytest.raises(WeightsError, match="another version"):
        promote(found, folder, "0.1", force=True)
    assert contents(folder) == before


@pytest.mark.parametrize("version", ["", "../1", "a/b", ".hidden", "1 2", "1\n"])
def test_a_version_that_is_no_name_is_refused(folder: Path, found: Check, version: str) -> None:
    with pytest.raises(WeightsError, match="can't be a version"):
        promote(found, folder, version)


def break_call(monkeypatch: pytest.MonkeyPatch, name: str, at: int) -> None:
    """Let the `at`-th call of a function of `os` fail."""
    exact, calls = getattr(os, name), iter(range(100))

    def broken(*given: Any) -> Any:
        if next(calls) == at:
            raise OSError(28, "No space left on device")
        return exact(*given)

    monkeypatch.setattr(os, name, broken)


@pytest.mark.parametrize(
    ("name", "at"), [*(("fsync", n) for n in range(5)), *(("replace", n) for n in range(3))]
)
def test_a_step_that_fails_leaves_the_old_weights_served(
    folder: Path, found: Check, monkeypatch: pytest.MonkeyPatch, name: str, at: int
) -> None:
    before = contents(folder)
    break_call(monkeypatch, name, at)
    with pytest.raises(OSError, match="No space"):
        promote(found, folder, "0.2")
    monkeypatch.undo()
    assert load_served(folder).version == "0.1"
    after = contents(folder)
    assert {path: after[path] for path in before} == before
    assert not any(path.endswith(".part") for path in after)
    promote(found, folder, "0.2")
    assert load_served(folder).version == "0.2"


def test_files_that_are_served_no_more_are_listed(folder: Path, found: Check) -> None:
    assert left_over(folder) == []
    promote(found, folder, "0.2")
    (folder / "manifest.json.part").touch()
    (folder / "README.md").touch()
    names = ["manifest.json.part", "recovery-0.1.md", "recovery-0.1.safetensors"]
    assert [path.name for path in left_over(folder)] == names


def _lengthen(run: Path) -> None:
    (run / "recovery.safetensors").write_bytes((run / "recovery.safetensors").read_bytes() + b"x")


def _not_finite(run: Path) -> None:
    recovery = tiny_recovery(2)
    with torch.no_grad():
        recovery.coordinates[0, 0] = torch.nan
    write_run(run, recovery)


def _other_body(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    record["body"] = {"name": "smpl", "sha256": "e" * 64}
    (run / "run.json").write_text(json.dumps(record))


def _other_weights(run: Path) -> None:
    (run / "recovery.safetensors").write_bytes(recovery_to_bytes(tiny_recovery(7)))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no weights": (lambda run: (run / "recovery.safetensors").unlink(), "no finished run"),
    "not safetensors": (_lengthen, r"recovery\.safetensors"),
    "others than the run wrote": (_other_weights, r"recovery\.safetensors was changed"),
    "not finite": (_not_finite, "not finite, in coordinates"),
    "another body": (_other_body, "trained on the body 'smpl'"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_damaged_runs_are_refused(folder: Path, damage: Callable[[Path], object], said: str) -> None:
    damage(folder.parent / "first")
    with pytest.raises(WeightsError, match=said):
        check_run(folder.parent / "first", VALIDATION, folder)


def test_large_weights_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LARGEST_FILE", 1000)
    with pytest.raises(WeightsError, match="more than the 1000"):
        check_run(folder.parent / "first", VALIDATION, folder)


def test_a_run_without_a_record_can_be_checked(tmp_path: Path) -> None:
    run = write_run(tmp_path / "old", tiny_recovery(), record=False)
    found = check_run(run, VALIDATION, tmp_path / "weights")
    assert found.record is None
    assert found.reason == "nothing is served yet."
    promote(found, tmp_path / "weights", "0.1")
    assert "has no record" in (tmp_path / "weights" / "recovery-0.1.md").read_text()
