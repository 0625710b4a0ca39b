"""No NaN and no infinity ever leaves a fit, whatever the detector wrote; and answers to mirrored people."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from model.body.body import Body
from model.body.landmarks import MIRRORED_KEYPOINTS
from model.camera import NEAREST_DEPTH, Cameras
from model.fit.fitter import Fitter
from model.fit.mirror import mirror_rotations
from model.keypoints.names import NUM_CANONICAL
from model.status import FEWEST_KEYPOINTS, PersonStatus
from tests.model.people import people_in_picture, pinhole, tiny_recovery
from tests.stick_body import stick_body

_FITTER = Fitter(tiny_recovery(), Body(stick_body()))
_LARGEST = 1e7  # the parser lets nothing beyond through

coordinates = arrays.arrays("float32", (NUM_CANONICAL, 2), elements=st.floats(-_LARGEST, _LARGEST, width=32))
confidences = arrays.arrays("float32", NUM_CANONICAL, elements=st.just(0.0) | st.floats(0.0625, 1, width=32))
cameras = st.none() | st.tuples(
    *(st.sampled_from(v) for v in ([1e-2, 1.0, 35.0, 1e3, 1e6], [0.0, 540.0, -1e6]))
)
shapes = st.sampled_from(
    ["anywhere", "huge", "tiny", "collinear", "duplicated", "few", "one far", "one place"]
)
Person = tuple[Tensor, Tensor]


@st.composite
def person(draw: st.DrawFn) -> Person:
    """Keypoints (25, 2) and confidences (25,) of kinds that detectors and enemies write."""
    points, confidence = torch.from_numpy(draw(coordinates)), torch.from_numpy(draw(confidences))
    around = 500 + 200 * torch.randn(25, 2, generator=torch.Generator().manual_seed(draw(st.integers(0, 99))))
    match draw(shapes):
        case "huge":
            points = points.sign() * _LARGEST * torch.rand(25, 2, generator=torch.Generator().manual_seed(0))
        case "tiny":
            points = 540 + around * 10.0 ** -draw(st.integers(3, 9))
        case "collinear":
            points = torch.stack([around[:, 0], draw(st.sampled_from([0.0, 1.0, -3.0])) * around[:, 0]], 1)
        case "duplicated":
            points = around[[0, 1] * 12 + [0]]
        case "few":
            points, confidence = (
                around,
                confidence.masked_fill(torch.arange(25) > draw(st.integers(0, 6)), 0.0),
            )
        case "one far":
            points = around.clone()
            points[draw(st.integers(0, 24))] = _LARGEST
        case "one place":
            points = around[:1].expand(25, 2)
    return points, confidence


@settings(max_examples=60)
@given(st.lists(person(), min_size=1, max_size=4), cameras)
def test_all_numbers_are_finite(
    people: list[tuple[Tensor, Tensor]], lens: tuple[float, float] | None
) -> None:
    pixels, confidence = (torch.stack(part) for part in zip(*people, strict=True))
    camera = None if lens is None else pinhole(len(people), lens[0], lens[1], lens[1])
    result = _FITTER.fit(pixels, confidence, camera, steps=2)
    for name, value in {**vars(result), "camera": result.camera.intrinsics}.items():
        if isinstance(value, Tensor):
            assert value.isfinite().all(), name
    eye = torch.eye(3).expand_as(result.rotations)
    torch.testing.assert_close(result.rotations.mT @ result.rotations, eye, atol=1e-4, rtol=0)
    assert (result.objective.gather(1, result.best_step[:, None])[:, 0] <= result.objective[:, 0]).all()
    fitted = torch.tensor([status is PersonStatus.OK for status in result.status])
    depth = result.keypoints3d[fitted, :NUM_CANONICAL, 2]
    rounding = 1e-6 * depth.abs().sum(1, keepdim=True)
    assert (depth > NEAREST_DEPTH / 2 - rounding).all()
    few = (confidence > 0).sum(1) < FEWEST_KEYPOINTS
    assert [status is PersonStatus.TOO_FEW_KEYPOINTS for status in result.status] == few.tolist()
    if camera is None:
        assert PersonStatus.OUT_OF_VIEW not in result.status


@pytest.mark.parametrize("junk", [1e30, torch.inf, torch.nan], ids=str)
def test_what_is_written_for_a_missing_keypoint_does_not_matter(junk: float) -> None:
    people = people_in_picture(_FITTER.body, 2)
    people.confidence[:, ::4] = 0.0
    expected = _FITTER.fit(people.pixels, people.confidence, people.camera)
    pixels = torch.where((people.confidence == 0)[..., None], junk, people.pixels)
    result = _FITTER.fit(pixels, people.confidence, people.camera)
    torch.testing.assert_close(result.rotations, expected.rotations)
    torch.testing.assert_close(result.transl, expected.transl)


def test_a_camera_that_could_not_see_the_person_gives_out_of_view() -> None:
    """A focal length in millimetres given as pixels: nothing is left in front of the lens to fit to."""
    pixels = torch.tensor([[-5000.0, 0.0], [5000.0, 40.0]]).repeat(13, 1)[None, :25]
    result = _FITTER.fit(pixels, torch.ones(1, 25), pinhole(1, 4.0, 0.0, 0.0))
    assert result.status == [PersonStatus.OUT_OF_VIEW]
    assert (result.transl == 0).all()


def test_a_mirrored_picture_gives_the_mirrored_pose() -> None:
    people = people_in_picture(_FITTER.body, 8)
    width = 2 * people.camera.cx
    pixels = people.pixels[:, MIRRORED_KEYPOINTS] * torch.tensor([-1.0, 1.0])
    pixels[..., 0] += width[:, None]
    result = _FITTER.fit(people.pixels, people.confidence, people.camera)
    other = _FITTER.fit(pixels, people.confidence[:, MIRRORED_KEYPOINTS], people.camera)
    torch.testing.assert_close(other.rotations, mirror_rotations(result.rotations), atol=1e-4, rtol=0)
    torch.testing.assert_close(other.transl, result.transl * torch.tensor([-1.0, 1.0, 1.0]))


def test_nothing_is_changed_in_place() -> None:
    people = people_in_picture(_FITTER.body, 2)
    people.confidence[1] = 0.0
    before = [value.clone() for value in (people.pixels, people.confidence, people.camera.intrinsics)]
    _FITTER.fit(people.pixels, people.confidence, people.camera)
    after = (people.pixels, people.confidence, people.camera.intrinsics)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_too_few_keypoints_are_called_so_whatever_the_camera() -> None:
    """The camera is not to blame where there is nothing to see."""
    people = people_in_picture(_FITTER.body, 41)
    people.confidence[:] = 0.0
    camera = pinhole(41, 0.001, 0.0, 0.0)
    camera = Cameras.of(camera.fx, camera.fy, torch.linspace(48, 52, 41), torch.linspace(52, 48, 41))
    result = _FITTER.fit(people.pixels, people.confidence, camera)
    assert set(result.status) == {PersonStatus.TOO_FEW_KEYPOINTS}
