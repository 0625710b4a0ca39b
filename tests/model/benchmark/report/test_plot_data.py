"""Numbers behind the plots."""

import pytest

from model.benchmark.report.plot_data import by_direction, by_joint, by_missing, by_steps, by_time
from tests.model.benchmark.results import a_cost, a_score


def test_time_goes_by_the_share_of_iterations() -> None:
    (line,) = by_time([a_score("adam")], [a_cost("adam")])
    assert line["x"] == pytest.approx([0.0005, 0.002])
    assert line["y"] == [80.0, 70.0]
    (alone,) = by_time([a_score("adam")], [a_cost("adam", batched=None)])
    assert alone["x"] == pytest.approx([0.0025, 0.01])


def test_methods_without_steps_are_points() -> None:
    still = a_score("mean-pose", curve={"iterations": [0.0], "pa_mpjpe_mm": [100.0], "error_2d": [9.0]})
    assert by_steps([still]) == []
    assert by_time([still], [a_cost("mean-pose")])[0]["x"] == [0.002]


def test_people_are_sorted_by_the_side_they_are_seen_from() -> None:
    (line,) = by_direction([a_score("adam")])
    assert line["x"] == ["0", "90", "180"]
    assert line["y"] == [50.0, 90.0, 70.0]
    assert line["people"] == [1, 1, 1]


@pytest.mark.parametrize(
    ("angle", "sector"), [(-22.0, "0"), (-23.0, "315"), (180.0, "180"), (-180.0, "180"), (337.0, "315")]
)
def test_sectors_have_the_nearest_middle(angle: float, sector: str) -> None:
    (line,) = by_direction([a_score("adam", direction=[angle] * 4)])
    assert line["x"] == [sector]


def test_people_are_sorted_by_missing_keypoints() -> None:
    (line,) = by_missing([a_score("adam")])
    assert line["x"] == ["0", "3-5", "10+"]
    # Two lack four; one of these has no truth.
    assert line["y"] == [50.0, 70.0, 90.0]
    assert line["people"] == [1, 2, 1]


def test_joints_are_passed_on_unchanged() -> None:
    (line,) = by_joint([a_score("adam")])
    assert (line["x"], line["y"]) == (["left_hip", "right_hip", "head"], [40.0, None, 60.0])
