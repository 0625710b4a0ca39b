"""Finished parts of a comparison: files that are written once, and read instead of computing again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from model.atomic_write import atomic_write
from model.benchmark.dataset import DatasetError

_FOLDER = "results"


@dataclass(frozen=True)
class MethodScore:
    """A method on a data set.

    Attributes:
        identity: what must be alike for results to stand in one table.
        dataset, method: names.
        people: of the data set, by index.
        group: of each, for the bootstrap.
        direction: heading of each as seen from the camera, degrees, None where unknown.
        missing: keypoints that each lacks.
        errors: by measure, of each person, None without truth.
        joint_names, by_joint: mean of each joint after alignment, millimetres.
        sequences: see `sequence_errors`.
        iterations: mean over people.
        curve: see `Score`.
        failed: fits that were not finite.
    """

    identity: dict[str, Any]
    dataset: str
    method: str
    people: list[int]
    group: list[int]
    direction: list[float | None]
    missing: list[int]
    errors: dict[str, list[float | None]]
    joint_names: list[str]
    by_joint: list[float | None]
    sequences: dict[str, list[float]]
    iterations: float
    curve: dict[str, list[float]]
    failed: int


@dataclass(frozen=True)
class MethodCost:
    """Description and cost of a method; see `Cost` for the numbers."""

    identity: dict[str, Any]
    method: str
    description: str
    parameters: int
    alone: float
    batched: float | None
    memory: float | None


R = TypeVar("R", MethodScore, MethodCost)


def save(result: MethodScore | MethodCost, out: Path) -> None:
    """Write a result; readers see all of it or nothing."""
    text = json.dumps(asdict(result), allow_nan=False) + "\n"
    atomic_write(_path(out, *_names(result)), text.encode())


def load(kind: type[R], out: Path, identity: dict[str, Any], *names: str) -> R | None:
    """Load a finished result, None if missing.

    Raises:
        DatasetError: the file is broken, or belongs to other weights, data or settings.
    """
    path = _path(out, *names)
    if not path.exists():
        return None
    try:
        result = kind(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path} is no result: {error}. Remove it to compute it again.") from error
    other = [name for name in identity if result.identity.get(name) != identity[name]]
    if other:
        raise DatasetError(f"{path} is of another {', '.join(other)}: give another folder.")
    return result


def _names(result: MethodScore | MethodCost) -> tuple[str, ...]:
    if isinstance(result, MethodScore):
        return (result.dataset, result.method)
    return ("cost", result.method)


def _path(out: Path, *names: str) -> Path:
    return out / _FOLDER / ("--".join(names) + ".json")
