"""What the page says of the quadratics' orders follows from the numbers, whichever way they fall."""

from typing import Any

import pytest

from model.experiments.quadratics import LBFGS_NAME, WITH, WITHOUT
from model.experiments.report.markdown import spread, table
from model.experiments.report.sections.quadratics import quadratics_section

SETTINGS = {
    "problems": 2, "size": 3, "steps": 7,
    "meta": {
        "size": 2, "iterations": 1, "batch": 1, "unroll": 1, "secant": 1.0, "penalty": "relative",
        "optimizer": {"buffer": 2},
    },
}  # fmt: skip


def line(solver: str, seed: int, error: float, cosine: float) -> dict[str, Any]:
    errors = [1.0, *(error for _ in range(7))]
    walked = {"loss": errors, "error": errors, "median": errors, "cosine": [0.5] * 6 + [cosine]}
    return {"solver": solver, "seed": seed, "buffer": 4, "convergence": walked}


def verdicts(with_: tuple[float, float], without: tuple[float, float], best: float) -> list[str]:
    """The "holds in runs" column, for (error, last cosine) with and without, and L-BFGS's error."""
    lines = [line(LBFGS_NAME, 0, best, 0.5), line(WITH, 1, *with_), line(WITHOUT, 1, *without)]
    text = quadratics_section(SETTINGS, {"lines": lines})
    orders = text[text.index("| expected ") :].split("\n\n")[0].splitlines()[2:]
    return [row.split(" | ")[1].strip() for row in orders]


@pytest.mark.parametrize(
    ("with_", "without", "best", "holds"),
    [
        ((0.3, 0.9), (0.5, 0.4), 0.1, [1, 1, 1, 1, 1]),
        ((0.5, 0.4), (0.3, 0.9), 0.4, [0, 0, 0, 0, 0]),
        ((0.3, 0.6), (0.5, 0.9), 0.2, [1, 1, 1, 0, 1]),
        ((0.3, 0.6), (float("nan"), 0.1), 0.2, [0, 0, 1, 1, 1]),
    ],
)
def test_orders_are_counted(
    with_: tuple[float, float], without: tuple[float, float], best: float, holds: list[int]
) -> None:
    assert verdicts(with_, without, best) == [f"{n} of 1" for n in holds]


@pytest.mark.parametrize(
    ("without", "reported"),
    [
        (0.4, "0.750 (seed 1, buffer 4); lower with projection in 1 of 1 runs."),
        (0.2, "1.500 (seed 1, buffer 4); lower with projection in 0 of 1 runs."),
    ],
)
def test_the_difference_of_projection_is_reported(without: float, reported: str) -> None:
    lines = [line(LBFGS_NAME, 0, 0.1, 0.5), line(WITH, 1, 0.3, 0.5), line(WITHOUT, 1, without, 0.5)]
    assert f"with projection over without: {reported}" in quadratics_section(SETTINGS, {"lines": lines})


def test_tables_and_spreads() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a   | b   |\n|-----|-----|\n| 1   | 2   |"
    assert table(["|a|"], []) == "| \\|a\\|   |\n|---------|"
    assert spread([0.12345]) == "0.123"
    assert spread([1.0, 2.0]) == "1.5 ± 0.5"
