"""The virtual camera: what the fit sees depends on the person, not on the place, the size or the lens."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.camera import ASSUMED_RELATIVE_FOCAL, Cameras
from model.fit.observation import View, _nanmedian, assumed_camera, bounding_box, look_at_person
from model.keypoints.names import CANONICAL_NAMES
from model.rotation import matrix_to_rotvec, rotvec_to_matrix
from tests.model.people import pinhole

seeds = st.integers(0, 2**31)

NECK, MID_HIP = CANONICAL_NAMES.index("neck"), CANONICAL_NAMES.index("mid_hip")
SHOULDERS = [CANONICAL_NAMES.index(f"{side}_shoulder") for side in ("left", "right")]
HIPS = [CANONICAL_NAMES.index(f"{side}_hip") for side in ("left", "right")]


def detections(seed: int, count: int = 4) -> tuple[Tensor, Tensor]:
    """Keypoints about 300 x 600 pixels large somewhere in a picture, a few missing; 64 bits."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(count, 25, 2, generator=generator).double() * torch.tensor([300.0, 600.0])
    pixels = pixels + torch.rand(count, 1, 2, generator=generator) * torch.tensor([1600.0, 480.0])
    confidence = torch.rand(count, 25, generator=generator).double()
    return pixels, torch.where(confidence < 0.2, 0.0, confidence)


def camera64(count: int, focal: float = 1000.0, cx: float = 960.0, cy: float = 540.0) -> Cameras:
    return pinhole(count, focal, cx, cy).to(torch.float64)


def assert_same_observation(a: View, b: View, tolerance: float) -> None:
    for one, other in zip(a.observation, b.observation, strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)


def without_roll(view: View) -> Tensor:
    """The turn towards the person alone, (B, 3, 3)."""
    x, y = view.observation.up.unbind(1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return torch.stack([-y, x, zero, -x, -y, zero, zero, zero, one], 1).view(-1, 3, 3) @ view.rotation


@given(seeds)
def test_the_box_is_that_of_the_visible_points(seed: int) -> None:
    pixels, confidence = detections(seed)
    centres, sizes = bounding_box(pixels, confidence > 0)
    for points, seen, centre, size in zip(pixels, confidence > 0, centres, sizes, strict=True):
        low, high = points[seen].min(0).values, points[seen].max(0).values
        torch.testing.assert_close(centre, (low + high) / 2)
        assert size == (high - low).max()


@given(seeds)
def test_the_observation_is_a_centred_box_of_size_one(seed: int) -> None:
    pixels, confidence = detections(seed)
    observation = look_at_person(pixels, confidence, camera64(4)).observation
    centre, size = bounding_box(observation.keypoints, confidence > 0)
    torch.testing.assert_close(size, torch.ones(4, dtype=torch.float64))
    assert centre.abs().max() < 2e-3
    assert torch.equal(observation.confidence, confidence)
    assert (observation.keypoints[confidence == 0] == 0).all()


@given(seeds)
def test_rays_are_turned_and_nothing_else(seed: int) -> None:
    pixels, confidence = detections(seed)
    view = look_at_person(pixels, confidence, camera64(4))
    seen = torch.cat([view.observation.rays, torch.ones(4, 25, 1)], 2)
    expected = camera64(4).rays(pixels) @ view.rotation.mT
    shown = confidence > 0
    torch.testing.assert_close(seen[shown], (expected / expected[..., 2:])[shown], atol=1e-9, rtol=0)


@given(seeds)
def test_someone_at_the_edge_looks_like_the_same_rays_on_the_axis(seed: int) -> None:
    """Turn the camera to the person, take the picture again: the fit sees the same."""
    pixels, confidence = detections(seed)
    aside = look_at_person(pixels, confidence, camera64(4))
    turned = camera64(4).rays(pixels) @ without_roll(aside).mT
    ahead = look_at_person(turned[..., :2] / turned[..., 2:], confidence, camera64(4, 1.0, 0.0, 0.0))
    assert_same_observation(aside, ahead, 2e-3)
    assert matrix_to_rotvec(without_roll(ahead)).norm(dim=-1).max() < 1e-3


@given(seeds)
def test_but_for_the_roll_the_turn_is_the_smallest(seed: int) -> None:
    """Its axis lies in the image plane."""
    view = look_at_person(*detections(seed), camera64(4))
    assert matrix_to_rotvec(without_roll(view))[:, 2].abs().max() < 2e-2


@given(seeds, st.floats(-3.0, 3.0))
def test_leaning_people_are_seen_upright(seed: int, angle: float) -> None:
    """Turn the picture: the trunk stays upright in the view, and `up` turns instead."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(3, 25, 2, generator=generator).double() - 0.5
    pixels[:, [NECK, *SHOULDERS]] += torch.tensor([0.0, -3.0])
    pixels[:, [MID_HIP, *HIPS]] += torch.tensor([0.0, 3.0])
    turn = rotvec_to_matrix(torch.tensor([0.0, 0.0, angle], dtype=torch.float64))[:2, :2]
    camera = camera64(3, focal=20.0, cx=0.0, cy=0.0)
    leaning = look_at_person(pixels @ turn.T, torch.ones(3, 25).double(), camera).observation
    trunk = leaning.keypoints[:, NECK] - leaning.keypoints[:, MID_HIP]
    assert (trunk[:, 1] / trunk.norm(dim=1) < -0.95).all()
    assert (leaning.up.norm(dim=1) - 1).abs().max() < 1e-9
    upright = look_at_person(pixels, torch.ones(3, 25).double(), camera).observation
    torch.testing.assert_close(
        upright.up, torch.tensor([[0.0, -1.0]]).double().expand(3, 2), atol=0.25, rtol=0
    )
    assert (leaning.up * torch.tensor([[-math.sin(angle), -math.cos(angle)]])).sum(1).min() > 0.9


@pytest.mark.parametrize("part", [[1, 2, 5], [8, 9, 12]])
def test_a_trunk_without_an_end_counts_as_upright(part: list[int]) -> None:
    pixels, confidence = detections(4)
    confidence[:, part] = 0.0
    up = look_at_person(pixels, confidence, camera64(4)).observation.up
    assert torch.equal(up, torch.tensor([[0.0, -1.0]]).double().expand(4, 2))


@given(seeds, st.floats(1e-2, 1e2))
def test_a_larger_picture_of_the_same_looks_the_same(seed: int, scale: float) -> None:
    pixels, confidence = detections(seed)
    camera = camera64(4)
    scaled = look_at_person(pixels * scale, confidence, Cameras(camera.intrinsics * scale))
    assert_same_observation(look_at_person(pixels, confidence, camera), scaled, 1e-9)


@given(seeds, st.floats(1e-2, 1e2), st.floats(-1e4, 1e4))
def test_without_a_camera_place_and_size_do_not_matter(seed: int, scale: float, shift: float) -> None:
    pixels, confidence = detections(seed)
    moved = pixels * scale + shift
    camera, other = assumed_camera(pixels, confidence), assumed_camera(moved, confidence)
    assert_same_observation(
        look_at_person(pixels, confidence, camera), look_at_person(moved, confidence, other), 1e-8
    )
    torch.testing.assert_close(other.fx, camera.fx * scale)
    torch.testing.assert_close(other.cx, camera.cx * scale + shift)
    view = look_at_person(pixels, confidence, camera)
    # The box of a rolled picture is another box, by the root of two at most.
    relative = view.observation.focal / ASSUMED_RELATIVE_FOCAL
    assert ((relative > 0.7) & (relative < 1.42)).all()


@pytest.mark.parametrize("junk", [0.0, -1e6, 1e7])
def test_where_a_missing_keypoint_is_written_does_not_matter(junk: float) -> None:
    pixels, confidence = detections(1)
    other = torch.where((confidence == 0)[..., None], junk, pixels)
    assert_same_observation(
        look_at_person(pixels, confidence, camera64(4)), look_at_person(other, confidence, camera64(4)), 0.0
    )


def test_observations_do_not_depend_on_the_batch() -> None:
    pixels, confidence = detections(2)
    together = look_at_person(pixels, confidence, camera64(4))
    for i in range(4):
        alone = look_at_person(pixels[i : i + 1], confidence[i : i + 1], camera64(1))
        torch.testing.assert_close(alone.observation.keypoints[0], together.observation.keypoints[i])


def test_rays_that_no_lens_sees_are_dropped() -> None:
    """Seven eighths of a right angle and more off the person's own direction is a mistake of the detector."""
    rays = torch.tensor([[-0.1, -0.3], [0.1, 0.3], [0.1, -0.3], [-0.1, 0.3]]).repeat(6, 1)
    pixels = torch.cat([rays, torch.zeros(1, 2)])[None]
    turn = rotvec_to_matrix(torch.tensor([0.0, 1.2, 0.0]))
    directions = torch.cat([pixels[0], torch.ones(25, 1)], 1) @ turn.T
    picture = (directions[:, :2] / directions[:, 2:])[None]
    picture[0, 24] = torch.tensor([-40.0, 0.0])
    view = look_at_person(picture, torch.ones(1, 25), pinhole(1, 1.0, 0.0, 0.0))
    assert view.observation.keypoints.isfinite().all()
    assert view.observation.confidence[0].tolist() == [1.0] * 24 + [0.0]
    assert (view.observation.keypoints[0, 24] == 0).all()


@given(seeds, st.floats(20.0, 1e4))
def test_a_stray_keypoint_changes_nothing_for_the_others(seed: int, far: float) -> None:
    pixels, confidence = detections(seed)
    stray = pixels.clone()
    stray[:, 4] = pixels.mean(1) + far * 600.0 * torch.tensor([0.6, -0.8])
    confidence[:, 4] = 0.0
    confidence[:, 5:] = confidence[:, 5:].clamp_min(0.5)
    without = look_at_person(pixels, confidence, camera64(4))
    confidence[:, 4] = 1.0
    assert_same_observation(without, look_at_person(stray, confidence, camera64(4)), 1e-9)


@given(seeds, st.sampled_from([(6, 25, 2), (6, 24), (6, 1)]), st.sampled_from([0.0, 0.5, 1.0]))
def test_the_median_is_torchs(seed: int, shape: tuple[int, ...], missing: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    # Few values, so that some are equal.
    values = torch.randint(0, 9, shape, generator=generator).double()
    values = values.masked_fill(torch.rand(shape, generator=generator) < missing, torch.nan)
    expected = values.nanmedian(1, keepdim=True).values
    torch.testing.assert_close(_nanmedian(values), expected, atol=0, rtol=0, equal_nan=True)


def test_a_camera_that_no_one_could_be_seen_with_gives_finite_numbers() -> None:
    pixels = torch.tensor([[-1e7, 0.0], [1e7, 0.0]]).repeat(13, 1)[None, :25]
    view = look_at_person(pixels, torch.ones(1, 25), pinhole(1, 1.0, 0.0, 0.0))
    assert all(value.isfinite().all() for value in (*view.observation, view.rotation))
