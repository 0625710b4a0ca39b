"""The pinhole camera, and the closed-form translation against a naive least-squares twin."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.camera import NEAREST_DEPTH, Cameras, closed_form_translation, vjp_translation
from tests.model.people import pinhole

seeds = st.integers(0, 2**31)


def points_and_translation(seed: int, count: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """A cloud the size of a person, where it stands, and weights, some of them zero; 64 bits."""
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(count, 25, 3, generator=generator).double() * 0.4
    low, size = torch.tensor([-2.0, -1.0, 3.0]), torch.tensor([4.0, 2.0, 15.0])
    translation = low + size * torch.rand(count, 3, generator=generator).double()
    weights = torch.rand(count, 25, generator=generator).double()
    return points, translation, torch.where(weights < 0.3, 0.0, weights)


def rays_of(points: Tensor) -> Tensor:
    return points[..., :2] / points[..., 2:]


@given(seeds, st.floats(1, 1e4), st.floats(-1e4, 1e4))
def test_projection_and_rays_are_each_other_s_inverse(seed: int, focal: float, centre: float) -> None:
    points, translation, _ = points_and_translation(seed)
    placed = points + translation[:, None] + torch.tensor([0.0, 0.0, 2.0])
    camera = pinhole(3, focal, centre, -centre).to(torch.float64)
    rays = camera.rays(camera.project(placed))
    torch.testing.assert_close(rays * placed[..., 2:], placed, atol=1e-6, rtol=0)
    assert (rays[..., 2] == 1).all()


def test_focal_lengths_and_centre_belong_to_their_axes() -> None:
    camera = Cameras.of(1000.0, 500.0, 320.0, 240.0)
    pixel = camera.project(torch.tensor([[[1.0, 1.0, 2.0]]]))
    assert pixel.flatten().tolist() == [320 + 500, 240 + 250]


def test_numbers_of_each_camera_or_one_for_all() -> None:
    cameras = Cameras.of(torch.tensor([1000.0, 900.0]), 500.0, torch.tensor([320.0]), 240.0)
    assert len(cameras) == 2
    assert cameras.fx.tolist() == [1000.0, 900.0]
    assert cameras.fy.tolist() == [500.0, 500.0]
    assert cameras.cx.tolist() == [320.0, 320.0]
    assert cameras.cy.tolist() == [240.0, 240.0]
    assert torch.equal(
        Cameras.of(1.0, 2.0, 3.0, 4.0, count=3).intrinsics, torch.arange(1.0, 5.0).repeat(3, 1)
    )


def test_the_parts_are_views() -> None:
    cameras = Cameras.of(1.0, 2.0, 3.0, 4.0, count=2)
    cameras.intrinsics.mul_(2.0)
    parts = (cameras.fx, cameras.fy, cameras.cx, cameras.cy)
    assert [part.tolist() for part in parts] == [[2.0] * 2, [4.0] * 2, [6.0] * 2, [8.0] * 2]


def test_only_what_is_unknown_is_filled() -> None:
    known = Cameras.of(torch.tensor([1.0, torch.nan]), 2.0, 3.0, torch.nan)
    filled = known.filled(Cameras.of(9.0, 9.0, 9.0, 9.0, count=2))
    assert filled.intrinsics.tolist() == [[1.0, 2.0, 3.0, 9.0], [9.0, 2.0, 3.0, 9.0]]
    assert Cameras.unknown(2).filled(known).intrinsics.isnan().sum() == 3


@given(seeds)
def test_a_known_translation_is_recovered_exactly(seed: int) -> None:
    points, translation, weights = points_and_translation(seed)
    rays = rays_of(points + translation[:, None])
    torch.testing.assert_close(closed_form_translation(points, rays, weights), translation, atol=1e-8, rtol=0)


@given(seeds)
def test_the_closed_form_agrees_with_naive_least_squares(seed: int) -> None:
    points, translation, weights = points_and_translation(seed)
    rays = rays_of(points + translation[:, None])
    rays = rays + 0.02 * torch.randn(rays.shape, generator=torch.Generator().manual_seed(seed + 1))
    found = closed_form_translation(points, rays, weights)
    for person, twin in enumerate(naive(p, r, w) for p, r, w in zip(points, rays, weights, strict=True)):
        if twin[2] + points[person, :, 2].min() > NEAREST_DEPTH:
            torch.testing.assert_close(found[person], twin, atol=1e-7, rtol=1e-7)


def naive(points: Tensor, rays: Tensor, weights: Tensor) -> Tensor:
    """X + tx = a (z + tz) and y + ty = b (z + tz) for each point, as a matrix."""
    rows, right = [], []
    for (x, y, z), (a, b), w in zip(points.tolist(), rays.tolist(), weights.tolist(), strict=True):
        rows += [[w**0.5, 0.0, -a * w**0.5], [0.0, w**0.5, -b * w**0.5]]
        right += [(a * z - x) * w**0.5, (b * z - y) * w**0.5]
    matrix, vector = torch.tensor(rows, dtype=torch.float64), torch.tensor(right, dtype=torch.float64)
    solution: Tensor = torch.linalg.lstsq(matrix, vector[:, None]).solution
    return solution[:, 0]


@given(seeds, st.floats(0.01, 100))
def test_points_of_no_weight_play_no_part_nor_does_the_weights_sum(seed: int, factor: float) -> None:
    points, translation, weights = points_and_translation(seed)
    rays = rays_of(points + translation[:, None])
    gone = weights == 0
    other = closed_form_translation(
        points.masked_fill(gone[..., None], 0.7), rays.masked_fill(gone[..., None], -3.0), weights * factor
    )
    torch.testing.assert_close(other, closed_form_translation(points, rays, weights), atol=1e-8, rtol=0)


@given(seeds, st.floats(1e-3, 1e3))
def test_no_point_comes_nearer_than_the_nearest_depth(seed: int, spread: float) -> None:
    """Rays that no body could give: the answer stays in front of the lens."""
    points, _, weights = points_and_translation(seed)
    rays = torch.randn(3, 25, 2, generator=torch.Generator().manual_seed(seed)) * spread
    translation = closed_form_translation(points, rays, weights)
    assert translation.isfinite().all()
    assert ((points + translation[:, None])[..., 2] >= NEAREST_DEPTH - 1e-9).all()


@pytest.mark.parametrize("weights", [torch.ones(2, 25), torch.zeros(2, 25)], ids=["one ray", "no weight"])
def test_degenerate_rays_give_finite_numbers(weights: Tensor) -> None:
    points, _, _ = points_and_translation(0, count=2)
    assert closed_form_translation(points.float(), torch.full((2, 25, 2), 0.3), weights).isfinite().all()


def test_points_beside_and_behind_the_lens_project_to_finite_pixels() -> None:
    points = torch.tensor([[[0.1, 0.1, 0.0], [0.1, -0.1, -5.0]]])
    assert pinhole(1, 1000.0, 0.0, 0.0).project(points).isfinite().all()


@pytest.mark.parametrize("depth", [3.0, -4.0])  # before the lens, and so far behind that it is held off it
def test_the_reverse_pass_of_the_translation_agrees_with_autograd(depth: float) -> None:
    generator = torch.Generator().manual_seed(1)
    points = 0.5 * torch.randn(4, 25, 3, generator=generator).double()
    away = points + torch.tensor([0.3, -0.2, depth])
    rays = away[..., :2] / away[..., 2:] + 0.01 * torch.randn(4, 25, 2, generator=generator)
    weights = torch.rand(4, 25, generator=generator).double()
    pull = torch.randn(4, 3, generator=generator).double()
    points.requires_grad_()
    translation = closed_form_translation(points, rays, weights)
    held = torch.isclose(points[..., 2].amin(1) + translation[:, 2], torch.tensor(NEAREST_DEPTH).double())
    assert held.any() == (depth < 0)
    (expected,) = torch.autograd.grad((translation * pull).sum(), points)
    pulled = vjp_translation(points.detach(), rays, weights, pull)
    torch.testing.assert_close(pulled, expected, atol=1e-10, rtol=1e-8)
