"""Inputs of a run, and their identity: values that are stored beside it and compared."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from model.body.body import Body
from model.body.file import body_bytes
from model.data.library import PoseLibrary
from model.data.source import PoseMix, PoseSource
from model.fit.network import Recovery
from model.prior.prior import PosePrior
from model.train.config import TrainConfig

# When something is written or validated changes nothing in the weights.
_FREE = ("validate_every", "save_every", "log_every")


@dataclass(frozen=True)
class TrainData:
    """Poses to train on and to validate on."""

    train: PoseSource
    validation: PoseLibrary


@dataclass(frozen=True, eq=False)
class RunInputs:
    """Everything that decides a run's weights.

    Attributes:
        config: the configuration.
        data: poses to train on and to validate on.
        body: the body that is posed.
        start: networks to start from; random weights if None.
    """

    config: TrainConfig
    data: TrainData
    body: Body
    start: Recovery | None = None

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The configuration, and SHA-256 of everything else."""
        start = self.start
        return {
            "config": {name: value for name, value in asdict(self.config).items() if name not in _FREE},
            "body": body_identity(self.body),
            "data": source_identity(self.data.train),
            "validation": library_identity(self.data.validation),
            "start": None if start is None else _digest(start.state_dict().values()),
        }


def body_identity(body: Body) -> dict[str, str]:
    """A body's name, and the hash of its file as `save_body` writes it."""
    return {"name": body.arrays.name, "sha256": hashlib.sha256(body_bytes(body.arrays)).hexdigest()}


def source_identity(source: PoseSource) -> dict[str, Any]:
    """Return what poses are drawn from; TypeError for a source of an unknown kind."""
    match source:
        case PoseLibrary():
            return library_identity(source)
        case PosePrior():
            mixture = source.mixture
            tensors = [source.chart.reference, mixture.shares, mixture.means, mixture.factors]
            return {"prior": _digest(tensors)}
        case PoseMix():
            parts = [source_identity(part) for part in (source.first, source.second)]
            return {"first": parts[0], "second": parts[1], "share": source.share}
    raise TypeError(f"a run can't be identified by {type(source).__name__}.")


def library_identity(library: PoseLibrary) -> dict[str, Any]:
    """Return the number of poses, and the hash of the poses with their weights."""
    return {"poses": len(library), "sha256": _digest([library.rotations, library.weights])}


def differences(there: Any, here: Any, path: str = "") -> list[str]:
    """Each value that differs between nested dictionaries and lists, as "path: there, here"."""
    one, other = _items(there), _items(here)
    if one is None or other is None:
        return [] if there == here else [f"{path}: {_short(there)} there, {_short(here)} here"]
    names = [*one, *(name for name in other if name not in one)]
    return [
        text
        for name in names
        for text in differences(
            one.get(name, "nothing"), other.get(name, "nothing"), f"{path}.{name}".lstrip(".")
        )
    ]


def _items(value: Any) -> dict[Any, Any] | None:
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, (list, tuple)) else None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 20 else f"{text[:12]}…"


def _digest(tensors: Iterable[Tensor]) -> str:
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(f"{tuple(tensor.shape)}".encode())
        found.update(tensor.detach().float().contiguous().numpy().tobytes())
    return found.hexdigest()
