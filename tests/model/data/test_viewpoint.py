"""Where the camera stands."""

import math

import pytest
import torch
from torch import Tensor

from model.data.viewpoint import ANYWHERE, ViewConfig, random_distance, random_orientation

COUNT = 4000
STANDING = torch.eye(3).expand(COUNT, 3, 3)


def orientation(config: ViewConfig, seed: int = 0) -> Tensor:
    return random_orientation(STANDING, config, torch.Generator().manual_seed(seed))


def test_orientations_are_rotations_and_seeded() -> None:
    config = ViewConfig(anyhow=0.3)
    turned = orientation(config)
    torch.testing.assert_close(turned.mT @ turned, STANDING, atol=1e-5, rtol=0)
    assert (torch.linalg.det(turned) > 0).all()
    assert torch.equal(turned, orientation(config))
    assert not torch.equal(turned, orientation(config, seed=1))


def test_standing_people_are_upright_in_the_picture_with_any_heading() -> None:
    turned = orientation(ViewConfig(pitch=0.0, roll=0.0))
    up, front = turned[:, :, 1], turned[:, :, 2]
    torch.testing.assert_close(up, torch.tensor([0.0, -1.0, 0.0]).expand(COUNT, 3), atol=1e-5, rtol=0)
    heading = torch.atan2(front[:, 0], front[:, 2]) / (2 * math.pi) + 0.5
    shares = torch.histc(heading, bins=8, min=0, max=1) / COUNT
    torch.testing.assert_close(shares, torch.full((8,), 1 / 8), atol=0.02, rtol=0)


@pytest.mark.parametrize(("pitch", "roll"), [(20.0, 0.0), (0.0, 30.0), (20.0, 30.0)])
def test_the_camera_tilts_up_to_its_limits(pitch: float, roll: float) -> None:
    up = orientation(ViewConfig(pitch=pitch, roll=roll))[:, :, 1]
    tilt = torch.rad2deg(torch.asin(up[:, 2].abs().clamp(max=1)))
    rolled = torch.rad2deg(torch.atan2(up[:, 0], -up[:, 1])).abs()
    for angle, limit in ((tilt, pitch), (rolled, roll)):
        assert angle.max() <= limit + 1e-2
        assert angle.max() >= 0.98 * limit - 1e-3


def test_anyhow_is_any_rotation_alike() -> None:
    turned = orientation(ViewConfig(anyhow=1.0))
    assert turned.mean(0).abs().max() < 0.05
    torch.testing.assert_close(turned.square().mean(0), torch.full((3, 3), 1 / 3), atol=0.02, rtol=0)


def test_the_person_s_own_orientation_is_kept() -> None:
    """People who lie also lie in the picture: the camera's rotation comes before the person's."""
    lying = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).expand(COUNT, 3, 3)
    config = ViewConfig(pitch=10.0, roll=10.0)
    turned = random_orientation(lying, config, torch.Generator().manual_seed(0))
    torch.testing.assert_close(turned, orientation(config) @ lying)


def test_distances_are_log_uniform_within_their_limits() -> None:
    distance = random_distance(COUNT, ViewConfig(nearest=2.0, farthest=8.0), torch.Generator().manual_seed(0))
    assert distance.min() >= 2
    assert distance.max() <= 8
    assert distance.median().item() == pytest.approx(4.0, rel=0.05)


def test_steep_is_any_elevation() -> None:
    up = orientation(ViewConfig(pitch=20.0, roll=0.0, steep=1.0))[:, :, 1]
    elevation = torch.rad2deg(torch.asin(-up[:, 2].clamp(-1, 1)))
    shares = torch.histc(elevation, bins=6, min=-90, max=90) / COUNT
    torch.testing.assert_close(shares, torch.full((6,), 1 / 6), atol=0.03, rtol=0)


def test_anywhere_is_log_uniform_from_an_arm_s_length_to_afar() -> None:
    generator = torch.Generator().manual_seed(0)
    distance = random_distance(COUNT, ViewConfig(anywhere=1.0), generator)
    assert distance.min() >= ANYWHERE[0]
    assert distance.max() <= ANYWHERE[1]
    assert distance.log().mean().item() == pytest.approx(sum(map(math.log, ANYWHERE)) / 2, abs=0.1)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_so_many_are_anywhere(share: float) -> None:
    config = ViewConfig(nearest=3.0, farthest=4.0, anywhere=share)
    distance = random_distance(COUNT, config, torch.Generator().manual_seed(0))
    outside = ((distance < 3.0) | (distance > 4.0)).float().mean().item()
    assert outside == pytest.approx(share * 0.95, abs=0.03)
