"""Loading what is served: one clear sentence for whatever is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from model.body.file import save_body
from model.weights import MANIFEST, ServedModel, recovery_to_bytes, sha256
from service.loading import StartupError, choose_device, load_model
from service.settings import Settings
from tests.service.stand_in_body import stand_in_body


@pytest.fixture
def weights(tmp_path: Path, served: ServedModel) -> Path:
    """A folder of weights as training leaves it."""
    recovery = served.fitter.recovery
    data = recovery_to_bytes(recovery)
    (tmp_path / "recovery.safetensors").write_bytes(data)
    save_body(stand_in_body(), tmp_path / "body.safetensors")
    manifest: dict[str, Any] = {
        "version": "7",
        "recovery": {
            "file": "recovery.safetensors",
            "sha256": sha256(data),
            "config": recovery.config.to_dict(),
        },
        "body": {"file": "body.safetensors", "sha256": sha256((tmp_path / "body.safetensors").read_bytes())},
    }
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    return tmp_path


def test_weights_are_loaded(weights: Path) -> None:
    model = load_model(Settings(weights=weights, device="cpu"))
    assert (model.version, model.body_name) == ("7", "balls")


@pytest.mark.parametrize("name", ["recovery.safetensors", "body.safetensors"])
def test_a_changed_byte_is_refused(weights: Path, name: str) -> None:
    data = bytearray((weights / name).read_bytes())
    data[-1] ^= 1
    (weights / name).write_bytes(data)
    with pytest.raises(StartupError, match=rf"{name} was changed: .*sha256"):
        load_model(Settings(weights=weights, device="cpu"))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=MANIFEST):
        load_model(Settings(weights=tmp_path, device="cpu"))


def test_a_body_that_is_none_is_refused(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("no body")
    with pytest.raises(StartupError, match="other"):
        load_model(Settings(weights=weights, body=tmp_path / "other", device="cpu"))


def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(StartupError, match="HMR_DEVICE=cuda:99"):
        choose_device("cuda:99")
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_threads_are_set(weights: Path) -> None:
    before = torch.get_num_threads()
    try:
        load_model(Settings(weights=weights, device="cpu", threads=before + 1))
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)
