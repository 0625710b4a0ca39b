"""Fitting a data set: true bodies have no error, and failures are counted."""

import pytest

from model.benchmark.dataset import DatasetError
from model.benchmark.fitting import _spread, observe, score
from model.body.body import Body
from tests.model.benchmark.people import Knowing, dataset, silent, some_people
from tests.model.people import people_in_picture


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_true_bodies_have_no_error(batch: int, body: Body) -> None:
    """So views, mirrored people and cameras are taken back as they came."""
    people = people_in_picture(body, 5)
    found = score(Knowing(people), body, dataset(people, body), batch, silent)
    assert set(found.errors) == {"mpjpe_mm", "pa_mpjpe_mm", "pve_mm", "pa_pve_mm", "error_2d"}
    for values in found.errors.values():
        assert values.shape == (5,)
        assert values.max() < 0.05
    assert found.by_joint.shape == (5, 14)
    assert found.iterations.tolist() == [3.0] * 5
    assert found.failed == 0


def test_curves_go_from_the_start_to_the_end(body: Body) -> None:
    people = people_in_picture(body, 5)
    found = score(Knowing(people), body, dataset(people, body), 2, silent)
    assert found.curve["iterations"] == [0.0, 3.0]
    for name in ("pa_mpjpe_mm", "error_2d"):
        first, last = found.curve[name]
        assert first > 1
        assert last < 0.05


def test_a_failed_fit_stays_at_the_start_and_harms_no_other(body: Body) -> None:
    people = people_in_picture(body, 4)
    found = score(Knowing(people, broken=(2,)), body, dataset(people, body), 3, silent)
    assert found.failed == 1
    wrong = found.errors["pa_mpjpe_mm"] > 1
    assert wrong.tolist() == [False, False, True, False]
    assert all(values.isfinite().all() for values in found.errors.values())


def test_progress_is_reported(body: Body) -> None:
    people = people_in_picture(body, 3)
    reported: list[str] = []
    score(Knowing(people), body, dataset(people, body), 2, reported.append)
    assert reported == ["made-up, knowing: 2 of 3 people", "made-up, knowing: 3 of 3 people"]


def test_unusable_people_are_refused(body: Body) -> None:
    people = some_people(body)
    people.confidence[1] = 0.0
    with pytest.raises(DatasetError, match="1 people can't be fitted"):
        observe(people)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 301])
def test_spread_numbers_begin_and_end_the_path(count: int) -> None:
    numbers = _spread(count)
    assert (numbers[0], numbers[-1]) == (0, count - 1)
    assert numbers == sorted(set(numbers))
    assert len(numbers) < 30
    assert set(numbers) >= set(range(min(count, 3)))
