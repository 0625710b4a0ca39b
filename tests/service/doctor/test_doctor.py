"""`hmr doctor`: what is broken is found, and said with what to do."""

import socket
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from model.weights import ServedModel
from service.cli.main import app
from service.doctor.finding import Finding, Verdict
from service.doctor.model import check_fit, check_model
from service.doctor.packages import check_packages
from service.doctor.place import check_port, check_temporary_files
from service.settings import Settings
from tests.service.gated_fitter import GatedFitter


def verdicts(findings: Any) -> dict[str, Verdict]:
    found: list[Finding] = list(findings)
    assert all(bool(finding.remedy) == (finding.verdict is not Verdict.OK) for finding in found)
    return {finding.name: finding.verdict for finding in found}


def test_this_installation_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMR_PORT", "0")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    for name in ("python", "packages", "settings", "port", "device", "weights and body", "threads", "a fit"):
        assert f" {name}: " in result.output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HMR_DEVICE", "cuda:99", "HMR_DEVICE=cpu"),
        ("HMR_WEIGHTS", "{empty}", "manifest.json"),
        ("HMR_QUEUE_SIZE", "many", "HMR_QUEUE_SIZE"),
    ],
)
def test_broken_parts_are_reported(
    name: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMR_PORT", "0")
    monkeypatch.setenv(name, value.format(empty=tmp_path))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "FAILED" in result.output
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_changed_byte_is_found(weights: Path) -> None:
    good = Settings(weights=weights, device="cpu", threads=1)
    assert set(verdicts(check_model(good)).values()) == {Verdict.OK}
    file = weights / "recovery.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert verdicts(check_model(good))["weights and body"] is Verdict.FAILED


def test_a_fit_that_is_none_is_found(served: ServedModel) -> None:
    import dataclasses

    import torch

    assert check_fit(served).verdict is Verdict.OK
    fitter = GatedFitter(served.fitter)
    fitter.spoilt = torch.nan
    assert check_fit(dataclasses.replace(served, fitter=fitter)).verdict is Verdict.FAILED


def test_a_port_that_is_taken_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert check_port(Settings(port=port)).verdict is Verdict.FAILED
    assert check_port(Settings(port=0)).verdict is Verdict.OK


def test_nowhere_to_write_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_temporary_files().verdict is Verdict.OK

    def full(*_: Any, **__: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert check_temporary_files().verdict is Verdict.WARNING


def test_packages_are_compared_with_required_and_tested_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = tmp_path / "constraints.txt"
    pins.write_text(f"# tested\nnumpy=={metadata.version('numpy')}\ntorch==0.1\n")
    needed = ["numpy>=1", "torch>=2", "orjson<1", "no-such-package", 'never; python_version < "3"']
    monkeypatch.setattr(metadata, "requires", lambda _: needed)
    assert verdicts(check_packages(pins)) == {
        "torch": Verdict.WARNING,
        "orjson": Verdict.FAILED,
        "no-such-package": Verdict.FAILED,
        "packages": Verdict.OK,
    }
    assert "torch" not in verdicts(check_packages(tmp_path / "none"))
