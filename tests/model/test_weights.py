"""Serving only what was hashed: every way in which weights can be wrong is refused, naming the file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.body.arrays import BodyError
from model.body.file import save_body
from model.fit.network import Recovery
from model.weights import (
    WeightsError,
    load_served,
    read_manifest,
    recovery_from_bytes,
    recovery_to_bytes,
    weights_folder,
)
from tests.model.people import TINY
from tests.stick_body import stick_body

Manifest = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path, recovery: Recovery) -> Path:
    """A weights folder as it is served."""
    learned = recovery_to_bytes(recovery)
    (tmp_path / "recovery.safetensors").write_bytes(learned)
    save_body(stick_body(), tmp_path / "body" / "stick.safetensors")
    body = (tmp_path / "body" / "stick.safetensors").read_bytes()
    manifest = {
        "version": "1.2.3",
        "recovery": {"file": "recovery.safetensors", "sha256": digest(learned), "config": TINY.to_dict()},
        "body": {"file": "body/stick.safetensors", "sha256": digest(body)},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def change(folder: Path, edit: Callable[[Manifest], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    edit(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def replace_weights(folder: Path, data: bytes) -> None:
    """Other weights with the hash put right: only their content can give them away."""
    (folder / "recovery.safetensors").write_bytes(data)
    change(folder, lambda m: m["recovery"].update(sha256=digest(data)))


def test_what_is_loaded_is_what_was_saved(folder: Path, recovery: Recovery) -> None:
    served = load_served(folder)
    loaded = served.fitter.recovery.state_dict()
    for name, value in recovery.state_dict().items():
        assert torch.equal(loaded[name], value.bfloat16().float()), name
    assert not served.fitter.recovery.training
    assert served.version == "1.2.3"
    assert served.weights_sha256 == digest((folder / "recovery.safetensors").read_bytes())
    assert served.body_sha256 == digest((folder / "body" / "stick.safetensors").read_bytes())
    assert (served.body_name, served.body_licence) == ("stick", "Apache-2.0")


def test_sixteen_bits_are_a_fixed_point(recovery: Recovery) -> None:
    once = recovery_to_bytes(recovery)
    again = recovery_to_bytes(recovery_from_bytes(once, TINY.to_dict(), Path("x")))
    assert once == again
    assert len(once) < 2.5 * sum(p.numel() for p in recovery.parameters()) + 8000


@pytest.mark.parametrize("file", ["recovery.safetensors", "body/stick.safetensors"])
@pytest.mark.parametrize("place", [0, 0.3, 0.7, 1])
def test_a_changed_byte_is_refused_naming_the_file(folder: Path, file: str, place: float) -> None:
    path = folder / file
    data = bytearray(path.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=f"{path.name} was changed"):
        load_served(folder)


@pytest.mark.parametrize("file", ["recovery.safetensors", "body/stick.safetensors", "manifest.json"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(WeightsError, match=Path(file).name):
        load_served(folder)


CONFIGS: dict[str, Callable[[Manifest], object]] = {
    "other width": lambda c: c["optimizer"].update(width=16),
    "more blocks": lambda c: c["initializer"].update(blocks=2),
    "unknown key": lambda c: c["optimizer"].update(momentum=0.9),
    "no optimizer": lambda c: c.pop("optimizer"),
    "text for a number": lambda c: c["optimizer"].update(width="8"),
    "a list for a table": lambda c: c.update(optimizer=["width"]),
    "null for a table": lambda c: c.update(initializer=None),
    "too few input scales": lambda c: c["optimizer"].update(input_scale=[1.0, 1.0]),
    "negative width": lambda c: c["initializer"].update(width=-3),
}


@pytest.mark.parametrize("edit", CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_of_other_networks_is_refused(folder: Path, edit: Callable[[Any], object]) -> None:
    change(folder, lambda m: edit(m["recovery"]["config"]))
    with pytest.raises(WeightsError, match=r"recovery\.safetensors"):
        load_served(folder)


def test_files_of_another_kind_are_refused(folder: Path, recovery: Recovery) -> None:
    for data in (b"", b"not safetensors", bytes(1000), recovery_to_bytes(recovery)[:-7]):
        replace_weights(folder, data)
        with pytest.raises(WeightsError, match=r"recovery\.safetensors"):
            load_served(folder)


_RECOVERY, _BODY = (
    '"recovery": {"file": %s, "sha256": "", "config": {}}',
    '"body": {"file": "b", "sha256": ""}',
)
MANIFESTS: dict[str, str] = {
    "not JSON": "{",
    "not text": "\udcff",
    "a list": "[]",
    "empty": "{}",
    "null parts": '{"version": "1", "recovery": null, "body": null}',
    "a number for a file": '{"version": "1", ' + _RECOVERY % "3" + ", " + _BODY + "}",
    "a number for a version": '{"version": 1, ' + _RECOVERY % '"r"' + ", " + _BODY + "}",
    "no version": "{" + _RECOVERY % '"r"' + ", " + _BODY + "}",
    "no body": '{"version": "1", ' + _RECOVERY % '"r"' + "}",
}


@pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(WeightsError, match=r"manifest\.json"):
        load_served(folder)


def test_the_manifest_s_body_is_replaced_on_request(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "mine.safetensors"
    (folder / "body" / "stick.safetensors").rename(other)
    served = load_served(folder, body=other)
    assert served.body_sha256 == digest(other.read_bytes())
    other.write_bytes(b"something else")
    with pytest.raises((BodyError, WeightsError), match=r"mine\.safetensors"):
        load_served(folder, body=other)


def test_the_folder_is_the_environment_s_if_it_says(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HMR_WEIGHTS", str(folder))
    assert weights_folder() == folder
    assert read_manifest(weights_folder())["version"] == "1.2.3"
    monkeypatch.delenv("HMR_WEIGHTS")
    assert weights_folder().name in ("weights", "_weights")
