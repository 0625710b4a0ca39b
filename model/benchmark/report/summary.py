"""Tables and curves from finished results: what the report and the plots show."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from model.benchmark.measures import SUCCESS_MM
from model.benchmark.report.bootstrap import Interval, Numbers, mean_interval
from model.benchmark.result import MethodCost, MethodScore

MEASURES = ("pa_mpjpe_mm", "mpjpe_mm", "pa_pve_mm", "pve_mm", "error_2d")
SEQUENCE_MEASURES = ("acceleration_mm", "jitter", "true_jitter")

# With this method others are compared on the same people.
REFERENCE = "lsr1-4"


@dataclass(frozen=True)
class Row:
    """A method on a data set.

    Attributes:
        dataset, method, people, iterations, failed: as in `MethodScore`.
        intervals: mean and 95 % interval by measure; `success` is a share, 0 to 1.
        above: by how much its PA-MPJPE is above the reference's, on the same people; None without one.
    """

    dataset: str
    method: str
    people: int
    iterations: float
    failed: int
    intervals: dict[str, Interval] = field(default_factory=dict)
    above: Interval | None = None


def summarise(scores: Sequence[MethodScore]) -> list[Row]:
    """A row for each result, in their order."""
    references = {one.dataset: one for one in scores if one.method == REFERENCE}
    return [_row(one, references.get(one.dataset)) for one in scores]


def as_json(rows: Sequence[Row], costs: Sequence[MethodCost], about: dict[str, Any]) -> dict[str, Any]:
    """Return the content of all tables."""
    cells = [
        {
            **asdict(row),
            "intervals": {name: value._asdict() for name, value in row.intervals.items()},
            "above": None if row.above is None else row.above._asdict(),
        }
        for row in rows
    ]
    return {
        "about": about,
        "success_below_mm": SUCCESS_MM,
        "rows": cells,
        "costs": [asdict(c) for c in costs],
    }


def values_of(score: MethodScore, measure: str) -> Numbers:
    """Return a measure of each person, NaN where missing."""
    return np.array([np.nan if v is None else v for v in score.errors[measure]], dtype=np.float64)


def _row(score: MethodScore, reference: MethodScore | None) -> Row:
    groups = np.array(score.group)
    pa = values_of(score, "pa_mpjpe_mm")
    per_person = {name: values_of(score, name) for name in MEASURES if name in score.errors}
    # Of what has no truth nothing is known, not even whether it is a success.
    per_person["success"] = np.where(np.isnan(pa), np.nan, pa < SUCCESS_MM)
    found = {name: mean_interval(values, groups) for name, values in per_person.items()}
    for name in SEQUENCE_MEASURES:
        values = np.array(score.sequences.get(name, []), dtype=np.float64)
        found[name] = mean_interval(values, np.arange(len(values)))
    return Row(
        score.dataset,
        score.method,
        len(score.people),
        score.iterations,
        score.failed,
        {name: value for name, value in found.items() if value is not None},
        _above(score, reference),
    )


def _above(score: MethodScore, reference: MethodScore | None) -> Interval | None:
    if reference is None or reference.method == score.method:
        return None
    measure = "pa_mpjpe_mm"
    known = dict(zip(reference.people, values_of(reference, measure), strict=True))
    difference = values_of(score, measure) - np.array([known.get(p, np.nan) for p in score.people])
    return mean_interval(difference, np.array(score.group))
