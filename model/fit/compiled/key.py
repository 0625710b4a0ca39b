"""The key of a compiled fit: everything that it depends on."""

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path

import torch

from model.body.body import Body
from model.fit.network import Recovery

_MODEL = Path(__file__).parents[2]

# The source that is traced, from `model/`.
TRACED = (
    "batched.py",
    "body/*.py",
    "camera.py",
    "fit/**/*.py",
    "keypoints/names.py",
    "optimizer/*.py",
    "rotation.py",
    "status.py",
)
# Packages that compile, or that graphs call.
_PACKAGES = ("torch",)
_PROCESSOR = Path("/proc/cpuinfo")


def key_of(recovery: Recovery, body: Body) -> dict[str, str]:
    """Return all parts of the key by name; of recovery and body, sizes and constants but no learned numbers.

    Args:
        recovery: the compiled network.
        body: the compiled body.
    """
    return {
        "config": json.dumps(recovery.config.to_dict(), sort_keys=True),
        "body": json.dumps({"parents": body.arrays.parents.tolist(), "posedirs": body.has_posedirs}),
        "source": source_hash(),
        "processor": processor(),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


def name_of(key: dict[str, str]) -> str:
    """Return a short name for a key: the beginning of its hash."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]


def traced_files() -> list[Path]:
    """Return the files of `TRACED`, in order."""
    return sorted(path for pattern in TRACED for path in _MODEL.glob(pattern))


def source_hash() -> str:
    """Return the hash of all code that the graphs are traced from."""
    total = hashlib.sha256()
    for path in traced_files():
        total.update(path.relative_to(_MODEL).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def processor() -> str:
    """Describe the processor: the machine, PyTorch's name for its vectors, a hash of its features."""
    features = ""
    if _PROCESSOR.is_file():
        lines = _PROCESSOR.read_text(encoding="utf-8").splitlines()
        features = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    known = hashlib.sha256(features.encode()).hexdigest()[:12]
    return f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()} {known}"
