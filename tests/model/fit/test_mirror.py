"""Left for right, and the side from which people are fitted."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.body.joints import JOINT_NAMES, mirrored
from model.body.landmarks import MIRRORED_KEYPOINTS
from model.fit.mirror import canonical_side, mirror_back, mirror_keypoints, mirror_rotations
from model.fit.observation import Observation
from model.keypoints.names import CANONICAL_NAMES, NUM_CANONICAL
from model.rotation import matrix_to_rotvec
from tests.model.people import random_poses

seeds = st.integers(0, 2**31)


def observation(seed: int, count: int = 6) -> Observation:
    generator = torch.Generator().manual_seed(seed)
    keypoints = torch.rand(count, NUM_CANONICAL, 2, generator=generator) - 0.5
    confidence = torch.rand(count, NUM_CANONICAL, generator=generator).round(decimals=1)
    keypoints = keypoints.masked_fill((confidence == 0)[..., None], 0.0)
    up = torch.nn.functional.normalize(torch.randn(count, 2, generator=generator), dim=1)
    return Observation(keypoints, confidence, 1 + torch.rand(count, generator=generator), up)


def mirror_observation(seen: Observation) -> Observation:
    return Observation(
        mirror_keypoints(seen.keypoints),
        seen.confidence[:, MIRRORED_KEYPOINTS],
        seen.focal,
        seen.up * torch.tensor([-1.0, 1.0]),
    )


def test_mirroring_twice_is_nothing() -> None:
    poses, points = random_poses(5, seed=0, angle=1.0), torch.randn(5, NUM_CANONICAL, 3)
    torch.testing.assert_close(mirror_rotations(mirror_rotations(poses)), poses)
    assert torch.equal(mirror_keypoints(mirror_keypoints(points)), points)
    assert mirror_rotations(poses[0].double()).dtype == torch.float64


@pytest.mark.parametrize("name", ["left_elbow", "right_knee", "spine2", "pelvis"])
def test_a_turn_of_one_joint_becomes_its_image_s(name: str) -> None:
    """A mirror keeps the turn about its own normal (x) and reverses the others."""
    poses = random_poses(3, seed=1)
    image = matrix_to_rotvec(mirror_rotations(poses))[:, JOINT_NAMES.index(mirrored(name))]
    turn = matrix_to_rotvec(poses)[:, JOINT_NAMES.index(name)]
    torch.testing.assert_close(image, turn * torch.tensor([1.0, -1.0, -1.0]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [2, 3])
def test_a_keypoint_becomes_its_image_s(size: int) -> None:
    points = torch.randn(4, NUM_CANONICAL, size, generator=torch.Generator().manual_seed(0))
    image = mirror_keypoints(points)
    for place, name in enumerate(CANONICAL_NAMES):
        own = points[:, CANONICAL_NAMES.index(mirrored(name))]
        assert torch.equal(image[:, place, 0], -own[:, 0])
        assert torch.equal(image[:, place, 1:], own[:, 1:])


@given(seeds)
def test_a_picture_and_its_mirror_image_are_seen_from_the_same_side(seed: int) -> None:
    seen = observation(seed)
    one, flipped = canonical_side(seen)
    other, flipped_other = canonical_side(mirror_observation(seen))
    assert (flipped ^ flipped_other).all()
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@given(seeds)
def test_who_is_on_that_side_stays_and_the_others_are_mirrored(seed: int) -> None:
    seen = observation(seed)
    sided, flipped = canonical_side(seen)
    image = mirror_observation(seen)
    for person, is_flipped in enumerate(flipped.tolist()):
        expected = image if is_flipped else seen
        assert all(torch.equal(a[person], b[person]) for a, b in zip(sided, expected, strict=True))
    again, still = canonical_side(sided)
    assert not still.any()
    assert torch.equal(again.keypoints, sided.keypoints)


def test_only_the_flipped_are_mirrored_back() -> None:
    poses, flipped = random_poses(4, seed=2), torch.tensor([True, False, False, True])
    back = mirror_back(poses, flipped)
    assert torch.equal(back[flipped], mirror_rotations(poses[flipped]))
    assert torch.equal(back[~flipped], poses[~flipped])
