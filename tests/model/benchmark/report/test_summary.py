"""Rows of the tables: means over people with truth, differences on the same people."""

import json

import pytest

from model.benchmark.report.summary import as_json, summarise
from tests.model.benchmark.results import a_cost, a_score


def test_means_and_successes_leave_out_people_without_truth() -> None:
    (row,) = summarise([a_score("adam")])
    assert row.people == 4
    assert row.intervals["pa_mpjpe_mm"].mean == pytest.approx(70.0)
    assert row.intervals["success"].mean == pytest.approx(2 / 3)
    assert row.intervals["error_2d"].mean == pytest.approx(2.5)
    assert {"mpjpe_mm", "jitter"}.isdisjoint(row.intervals)


def test_the_reference_is_compared_on_the_same_people() -> None:
    errors = {"pa_mpjpe_mm": [float(10 * k) for k in range(8)], "error_2d": [1.0] * 8}
    reference = a_score("lsr1-4", people=list(range(8)), group=list(range(8)), errors=errors)
    own, other = summarise([reference, a_score("adam")])
    assert own.above is None
    assert other.above is not None
    # 50 - 0, 70 - 20 and 90 - 60; people without truth are left out.
    assert other.above.mean == pytest.approx((50 + 50 + 30) / 3)


def test_data_sets_have_references_of_their_own() -> None:
    rows = summarise([a_score("lsr1-4", "one"), a_score("adam", "other")])
    assert [row.above for row in rows] == [None, None]


def test_sequences_are_drawn_whole() -> None:
    sequences = {"acceleration_mm": [1.0, 3.0], "jitter": [5.0, 7.0], "true_jitter": [2.0, 2.0]}
    (row,) = summarise([a_score("adam", sequences=sequences)])
    assert row.intervals["jitter"] == (6.0, 5.0, 7.0)
    assert row.intervals["true_jitter"] == (2.0, 2.0, 2.0)


def test_everything_can_be_written_as_json() -> None:
    rows = summarise([a_score("lsr1-4"), a_score("adam")])
    read = json.loads(json.dumps(as_json(rows, [a_cost("adam")], {"body": "stick"}), allow_nan=False))
    assert read["rows"][1]["above"]["mean"] == 0.0
    assert read["rows"][0]["intervals"]["pa_mpjpe_mm"]["mean"] == pytest.approx(70.0)
    assert read["costs"][0]["alone"] == 0.01
