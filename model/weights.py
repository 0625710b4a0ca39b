"""The weights that are served: a manifest with hashes, checked before a byte of them is used.

`weights/manifest.json` names a version, the file of the learned weights with its sha256 and sizes, and the
body's file with its sha256. Nothing here is ever unpickled.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from model.body.body import Body
from model.body.file import load_body_arrays
from model.fit.fitter import Fitter
from model.fit.network import Recovery, RecoveryConfig

MANIFEST = "manifest.json"
# In a folder of weights.
OPEN_BODY = Path("body") / "open.safetensors"
_PARTS = ("recovery", "body")


class WeightsError(Exception):
    """Weights or body are missing, changed or of another shape; the message says which file and why."""


@dataclass(frozen=True)
class ServedModel:
    """A fitter with the identity of everything in it.

    Attributes:
        fitter: ready to fit on its device.
        version: of the weights, from the manifest.
        weights_sha256: of the file of the learned weights.
        body_name, body_licence: as the body's file says.
        body_sha256: fingerprint of the body's file.
    """

    fitter: Fitter
    version: str
    weights_sha256: str
    body_name: str
    body_licence: str
    body_sha256: str


def weights_folder() -> Path:
    """Return `HMR_WEIGHTS` if set, else the package's folder of weights, else the checkout's `weights/`."""
    if os.environ.get("HMR_WEIGHTS"):
        return Path(os.environ["HMR_WEIGHTS"])
    packaged = Path(__file__).parent / "_weights"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "weights"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def load_served(
    folder: Path | None = None, body: Path | None = None, device: torch.device | str = "cpu"
) -> ServedModel:
    """Load what a manifest names, and check every hash.

    Args:
        folder: with `manifest.json`; default `weights_folder()`.
        body: another body's file, written by `hmr body import`, in the place of the manifest's.
        device: where to fit.

    Raises:
        WeightsError: a file is missing, its hash differs, or it doesn't fit the code.
        BodyError: the body's file is broken.
    """
    folder = folder or weights_folder()
    manifest = read_manifest(folder)
    learned = manifest["recovery"]
    data = _checked_bytes(folder / learned["file"], learned["sha256"])
    recovery = recovery_from_bytes(data, learned["config"], folder / learned["file"])
    path = body or folder / manifest["body"]["file"]
    body_sha = sha256(_read(path)) if body else sha256(_checked_bytes(path, manifest["body"]["sha256"]))
    arrays = load_body_arrays(path)
    return ServedModel(
        fitter=Fitter(recovery, Body(arrays), device),
        version=manifest["version"],
        weights_sha256=learned["sha256"],
        body_name=arrays.name,
        body_licence=arrays.licence,
        body_sha256=body_sha,
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a weights folder; WeightsError if it's missing or not what it should be."""
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(_read(path))
        texts = [manifest["version"], *(manifest[part][key] for part in _PARTS for key in ("file", "sha256"))]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("version, file and sha256 must be text")
        dict(manifest["recovery"]["config"])
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} is no manifest of weights: {error!r}.") from error
    return manifest


def recovery_from_bytes(data: bytes, config: dict[str, Any], path: Path) -> Recovery:
    """Build the networks and fill them from safetensors; WeightsError names `path` if they don't match."""
    try:
        recovery = Recovery(RecoveryConfig.from_dict(config))
        tensors = {name: value.float() for name, value in load_tensors(data).items()}
        recovery.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, TypeError, KeyError, ValueError) as error:
        raise WeightsError(f"{path} does not hold the weights of its manifest: {error!r}.") from error
    return recovery.eval()


def recovery_to_bytes(recovery: Recovery) -> bytes:
    """Serialise the networks as safetensors in 16 bits (bfloat16)."""
    tensors = recovery.state_dict().items()
    return save_tensors({name: value.bfloat16().contiguous() for name, value in tensors})


def _checked_bytes(path: Path, expected: str) -> bytes:
    data = _read(path)
    found = sha256(data)
    if found != expected:
        raise WeightsError(f"{path} was changed: its sha256 is {found}, the manifest says {expected}.")
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} can't be read: {error.strerror}.") from error
