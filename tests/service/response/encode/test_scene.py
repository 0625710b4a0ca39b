"""Positions of people in the scene of mesh files."""

import numpy as np
import pytest

from service.errors import NobodyFittedError
from service.response.encode.scene import check_fitted, placed_people
from tests.service.people import CAMERA, crowd, moved, person
from tests.service.response.encode.conftest import Fit


def test_people_with_separate_cameras_are_arranged_as_in_the_picture(fit: Fit) -> None:
    shift = 300
    answer = fit(person(), person(moved(shift, 0)))
    first, second = placed_people(answer)
    fit_of = [person_fit for _, person_fit in answer.fitted]
    assert not first.offset.any()
    depth = fit_of[1].joints3d[0, 2]
    np.testing.assert_allclose(
        second.offset, [shift / fit_of[1].camera[0] * depth, 0, 0], rtol=1e-4, atol=1e-6
    )


def test_people_with_one_camera_keep_their_positions(fit: Fit) -> None:
    assert not any(p.offset.any() for p in placed_people(fit(*crowd(3), camera=CAMERA)))


def test_people_are_named_by_their_position_in_the_request(fit: Fit) -> None:
    placed = placed_people(fit({}, crowd(1)[0], {}, crowd(2)[1]))
    assert [(p.name, p.index) for p in placed] == [("person_1", 1), ("person_3", 3)]


def test_error_without_fitted_people_has_each_reason(fit: Fit) -> None:
    with pytest.raises(NobodyFittedError) as caught:
        check_fitted(fit({}, {}))
    assert [error.path for error in caught.value.errors] == ["people[0]", "people[1]"]
    assert all(error.message.startswith("Fewer than") for error in caught.value.errors)
