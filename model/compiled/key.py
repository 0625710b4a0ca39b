"""What a compiled fit depends on; whatever differs in it is compiled anew."""

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path

import torch

from model.recovery import Recovery

_MODEL = Path(__file__).parents[1]

# The source that is traced, from `model/`.
TRACED = (
    "body/arrays.py",
    "body/body.py",
    "body/file.py",
    "body/joints.py",
    "body/kinematics.py",
    "body/landmarks.py",
    "body/statics.py",
    "camera.py",
    "compiled/*.py",
    "descent.py",
    "initializer.py",
    "keypoints/names.py",
    "objective.py",
    "optimizer/*.py",
    "pose_space.py",
    "recovery.py",
    "rotation.py",
    "view.py",
)
# Whose functions are traced with ours.
_PACKAGES = ("torch", "roma")
_PROCESSOR = Path("/proc/cpuinfo")


def key_of(recovery: Recovery, weights_sha256: str, body_sha256: str) -> dict[str, str]:
    """Everything by name.

    Args:
        recovery: whose sizes and constants count.
        weights_sha256, body_sha256: of the files that recovery and body came from.
    """
    return {
        "weights": weights_sha256,
        "body": body_sha256,
        "config": json.dumps(recovery.config.to_dict(), sort_keys=True),
        "source": source_hash(),
        "processor": processor(),
        "threads": str(torch.get_num_threads()),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


def name_of(key: dict[str, str]) -> str:
    """A short name for a key: the beginning of its hash."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]


def traced_files() -> list[Path]:
    """The files of `TRACED`, in order."""
    return sorted(path for pattern in TRACED for path in _MODEL.glob(pattern))


def source_hash() -> str:
    """Of all the code that the graphs are traced from."""
    total = hashlib.sha256()
    for path in traced_files():
        total.update(path.relative_to(_MODEL).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def processor() -> str:
    """What the compiler makes use of: the machine, PyTorch's name for its vectors, a hash of its features."""
    features = ""
    if _PROCESSOR.is_file():
        lines = _PROCESSOR.read_text(encoding="utf-8").splitlines()
        features = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    known = hashlib.sha256(features.encode()).hexdigest()[:12]
    return f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()} {known}"
