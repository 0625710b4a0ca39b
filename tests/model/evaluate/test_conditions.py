"""Sweeps over conditions: every cell is there, and a fit that knows the truth has no errors in any."""

from pathlib import Path

import pytest
import torch

from model.body.body import Body
from model.evaluate.conditions import (
    DISTANCES,
    ELEVATIONS,
    FOCALS,
    SPREADS,
    UNSEEN,
    YAWS,
    Conditions,
    evaluate_conditions,
    straight_standing,
)
from model.evaluate.conditions_picture import PictureError, draw_conditions
from model.evaluate.postures import POSTURES
from model.fit.fitter import Fitter
from tests.model.people import tiny_recovery


@pytest.fixture(scope="module")
def conditions(body: Body) -> Conditions:
    return evaluate_conditions(Fitter(tiny_recovery(), body), steps=1)


def test_every_cell_has_a_row(conditions: Conditions) -> None:
    three = len(POSTURES)
    expected = (
        len(DISTANCES) * len(FOCALS),
        three * len(YAWS) * len(ELEVATIONS),
        three * len(UNSEEN),
        three * len(SPREADS),
        three * 3,
    )
    assert tuple(map(len, conditions)) == expected
    for table in conditions:
        assert len({tuple(v for v in row.values() if isinstance(v, str)) for row in table}) <= len(table)
        values = [value for row in table for value in row.values() if isinstance(value, float)]
        assert torch.tensor(values).isfinite().all()


def test_the_lens_alone_changes_nothing(conditions: Conditions) -> None:
    """Farther and longer, by the same factor or not: the rays of a body at one distance are the same."""
    for distance in DISTANCES:
        errors = [row["betas_error"] for row in conditions.distance if row["distance"] == distance]
        assert errors == pytest.approx([errors[0]] * len(FOCALS), abs=1e-2)


def test_the_truth_s_bends_are_the_posture_s_everywhere(conditions: Conditions) -> None:
    for name in POSTURES:
        knees = [float(row["true_knees"]) for row in conditions.view if row["posture"] == name]
        assert max(knees) - min(knees) < 0.2


def test_straight_stance_is_measured_by_views_head_on(conditions: Conditions) -> None:
    straight = [
        {**row, "knees": 5.0 if abs(float(row["yaw"])) in (0, 15, 165, 180) else 90.0}
        for row in conditions.view
    ]
    assert straight_standing(straight) == (5.0, 5.0)


def test_they_are_drawn(conditions: Conditions, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw_conditions(conditions, tmp_path / "conditions.png")
    assert (tmp_path / "conditions.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(PictureError, match="drawn"):
        draw_conditions(conditions, tmp_path / "conditions.unknown")
