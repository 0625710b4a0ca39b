"""Statuses, stand-ins and cameras before any network runs."""

import pytest
import torch

from model.body.body import Body
from model.camera import Cameras
from model.fit.observation import assumed_camera
from model.fit.preprocess import preprocess
from model.status import FEWEST_KEYPOINTS, PersonStatus
from tests.model.people import People, people_in_picture, pinhole


@pytest.fixture
def seen(body: Body) -> People:
    return people_in_picture(body, 3)


NEEDED = {
    0: PersonStatus.TOO_FEW_KEYPOINTS,
    FEWEST_KEYPOINTS - 1: PersonStatus.TOO_FEW_KEYPOINTS,
    FEWEST_KEYPOINTS: PersonStatus.OK,
    25: PersonStatus.OK,
}


@pytest.mark.parametrize(("visible", "status"), NEEDED.items(), ids=map(str, NEEDED))
def test_so_many_keypoints_are_needed(seen: People, visible: int, status: PersonStatus) -> None:
    seen.confidence[1, visible:] = 0.0
    people = preprocess(seen.pixels, seen.confidence, seen.camera)
    assert people.status == [PersonStatus.OK, status, PersonStatus.OK]
    assert people.usable.tolist() == [True, status is PersonStatus.OK, True]


@pytest.mark.parametrize("place", [0.0, 540.0, -1e6])
def test_they_must_not_all_be_at_one_place(seen: People, place: float) -> None:
    seen.pixels[1] = place
    assert preprocess(seen.pixels, seen.confidence, seen.camera).status[1] is PersonStatus.NO_EXTENT


def test_the_usable_are_left_as_they_are_and_the_others_made_harmless(seen: People) -> None:
    seen.confidence[1] = 0.0
    seen.pixels[1] = torch.nan
    people = preprocess(seen.pixels, seen.confidence, seen.camera)
    for row in (0, 2):
        assert torch.equal(people.pixels[row], seen.pixels[row])
        assert torch.equal(people.confidence[row], seen.confidence[row])
    parts = (
        people.pixels,
        people.confidence,
        people.camera.intrinsics,
        *people.view.observation,
        people.view.rotation,
    )
    assert all(part.isfinite().all() for part in parts)


def test_the_camera_is_the_given_one_and_assumed_where_there_is_none(seen: People) -> None:
    given = seen.camera.where(torch.tensor([True, False, True]), Cameras.unknown(3))
    camera = preprocess(seen.pixels, seen.confidence, given).camera
    assumed = assumed_camera(seen.pixels, seen.confidence)
    assert torch.equal(camera.intrinsics[[0, 2]], seen.camera.intrinsics[[0, 2]])
    assert torch.equal(camera.intrinsics[1], assumed.intrinsics[1])


def test_a_camera_that_could_not_have_seen_them_gives_out_of_view(seen: People) -> None:
    pixels = seen.pixels.clone()
    pixels[0, :, 0] = 960.0 + torch.linspace(-1, 1, 25).sign() * 1e6
    people = preprocess(pixels, torch.ones(3, 25), pinhole(3, 1000.0, 960.0, 540.0))
    assert people.status == [PersonStatus.OUT_OF_VIEW, PersonStatus.OK, PersonStatus.OK]
