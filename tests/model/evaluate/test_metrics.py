"""MPJPE and PA-MPJPE: what they are blind to, and what not."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.evaluate.metrics import align, mpjpe, pa_mpjpe
from model.rotation import rotvec_to_matrix

seeds = st.integers(0, 2**31)
_MIRROR = torch.tensor([-1.0, 1.0, 1.0])


def cloud(seed: int, count: int = 3, joints: int = 14) -> Tensor:
    return torch.randn(count, joints, 3, generator=torch.Generator().manual_seed(seed)).double()


def similarity(points: Tensor, seed: int) -> Tensor:
    """Turned, scaled and moved, each person differently."""
    generator = torch.Generator().manual_seed(seed)
    turn = rotvec_to_matrix(torch.randn(len(points), 3, generator=generator).double() * 2)
    scale = 0.2 + 3 * torch.rand(len(points), 1, 1, generator=generator)
    return scale * points @ turn.mT + 10 * torch.randn(len(points), 1, 3, generator=generator)


@given(seeds)
def test_mpjpe_is_the_mean_distance(seed: int) -> None:
    points, truth = cloud(seed), cloud(seed + 1)
    for value, a, b in zip(mpjpe(points, truth), points.tolist(), truth.tolist(), strict=True):
        distances = [math.dist(p, t) for p, t in zip(a, b, strict=True)]
        assert value.item() == pytest.approx(sum(distances) / len(distances))


@given(seeds)
def test_similarity_transforms_are_forgiven(seed: int) -> None:
    points, truth = cloud(seed), cloud(seed + 1)
    assert pa_mpjpe(similarity(truth, seed), truth).max() < 1e-9
    torch.testing.assert_close(pa_mpjpe(similarity(points, seed), truth), pa_mpjpe(points, truth))


@given(seeds)
def test_the_truth_s_own_place_does_not_matter_but_its_size_does(seed: int) -> None:
    points, truth = cloud(seed), cloud(seed + 1)
    turn = rotvec_to_matrix(torch.tensor([1.0, -0.5, 2.0]).double())
    torch.testing.assert_close(pa_mpjpe(points, 3 * truth @ turn.mT + 1), 3 * pa_mpjpe(points, truth))


@given(seeds)
def test_a_mirrored_body_is_not_aligned_by_a_reflection(seed: int) -> None:
    truth = cloud(seed)
    assert (pa_mpjpe(truth * _MIRROR, truth) > 0.05).all()


@given(seeds)
def test_no_other_similarity_comes_closer(seed: int) -> None:
    points, truth = cloud(seed), cloud(seed + 1)
    best = align(points, truth)
    squares = (best - truth).square().sum((1, 2))
    generator = torch.Generator().manual_seed(seed)
    for size in (1e-3, 1e-1, 1.0):
        turn = rotvec_to_matrix(torch.randn(3, 3, generator=generator).double() * size)
        scale = 1 + size * torch.randn(3, 1, 1, generator=generator)
        centre = best.mean(1, keepdim=True)
        other = scale * (best - centre) @ turn.mT + centre + size * torch.randn(3, 1, 3, generator=generator)
        assert ((other - truth).square().sum((1, 2)) >= squares - 1e-9).all()


@given(seeds)
def test_the_slope_of_the_squares_is_that_of_differences(seed: int) -> None:
    """Though the transform is taken as given: it is the best one."""
    points, truth, way = cloud(seed).requires_grad_(), cloud(seed + 1), cloud(seed + 2)

    def squares(at: Tensor) -> Tensor:
        return (align(at, truth) - truth).square().sum()

    (slope,) = torch.autograd.grad(squares(points), points)
    step = 1e-5
    with torch.no_grad():
        difference = (squares(points + step * way) - squares(points - step * way)) / (2 * step)
    torch.testing.assert_close((slope * way).sum(), difference, rtol=1e-4, atol=1e-6)


@given(seeds)
def test_points_of_no_weight_play_no_part(seed: int) -> None:
    points, truth = cloud(seed), cloud(seed + 1)
    weights = torch.ones(3, 14).double()
    weights[:, ::3] = 0.0
    kept = [i for i in range(14) if i % 3]
    junk = torch.where(weights[..., None] > 0, truth, 1e3)
    for measure in (mpjpe, pa_mpjpe):
        torch.testing.assert_close(measure(points, junk, weights), measure(points[:, kept], truth[:, kept]))


@pytest.mark.parametrize("measure", [mpjpe, pa_mpjpe])
def test_people_are_measured_independently(measure: object) -> None:
    points, truth = cloud(0), cloud(1)
    together = measure(points, truth)  # type: ignore[operator]
    alone = torch.cat([measure(points[i : i + 1], truth[i : i + 1]) for i in range(3)])  # type: ignore[operator]
    torch.testing.assert_close(alone, together)


@pytest.mark.parametrize("flat", [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], ids=str)
def test_flat_and_collapsed_bodies_give_finite_errors(flat: list[float]) -> None:
    points, truth = cloud(0) * torch.tensor(flat), cloud(1)
    assert pa_mpjpe(points, truth).isfinite().all()
    assert pa_mpjpe(truth, points).isfinite().all()
