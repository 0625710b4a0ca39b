"""The outcome of a row: a file that is written once it is finished, and read rather than run again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.atomic_write import atomic_write
from model.evaluate.poses import StepErrors
from model.experiments.errors import ExperimentError

_FILE = "result.json"

# By protocol, measure and number of steps.
Errors = dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class Result:
    """Errors of a row on the validation split.

    Attributes:
        row, seed, description: which row, and what it is.
        budget: what it was run with.
        errors: see `Errors`.
        parameters: numbers learned by the optimizer, the coordinate embedding among them.
        context_parameters: numbers learned by the initializer's head that speaks to it.
        milliseconds: processor time of a meta-iteration; None where nothing is trained or it wasn't timed.
        rates: of a classical solver, by number of steps.
    """

    row: str
    seed: int
    description: str
    budget: dict[str, Any]
    errors: Errors
    parameters: int = 0
    context_parameters: int = 0
    milliseconds: float | None = None
    rates: dict[str, float] = field(default_factory=dict)


def at_steps(errors: dict[str, StepErrors], steps: Sequence[int]) -> Errors:
    """Return the errors of every iterate at the steps of a table."""
    return {
        protocol: {name: {str(k): values[k] for k in steps} for name, values in vars(of_steps).items()}
        for protocol, of_steps in errors.items()
    }


def save_result(result: Result, folder: Path) -> None:
    """Write the result; a reader sees all of it or nothing."""
    atomic_write(folder / _FILE, (json.dumps(asdict(result), indent=2) + "\n").encode())


def load_result(folder: Path) -> Result | None:
    """The result of a finished row, None if it isn't; ExperimentError if the file is broken."""
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        return Result(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ExperimentError(f"{path} is no result: {error}. Remove it to run the row again.") from error


def load_results(out: Path) -> list[Result]:
    """All finished rows below a folder."""
    found = (load_result(path.parent) for path in sorted(out.glob(f"*/{_FILE}")))
    return [result for result in found if result is not None]
