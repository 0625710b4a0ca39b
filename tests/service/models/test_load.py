"""Loading what is served: one clear sentence for whatever is wrong."""

from pathlib import Path

import pytest
import torch

from model.weights import MANIFEST
from service.models.load import StartupError, choose_device, load_model
from service.settings import Settings


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
