"""Distances of poses whichever way they face, and that no two near ones are kept."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.data.importing.duplicates import distances, distinct
from model.rotation import rotvec_to_matrix


def figures(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, 24, 3, generator=torch.Generator().manual_seed(seed)).double() * 0.3


def turned(joints: Tensor, angle: float, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Tensor:
    turn = rotvec_to_matrix(torch.tensor([0.0, angle, 0.0]).double())
    return joints @ turn.mT + torch.tensor(shift)


def test_the_closed_form_is_the_smallest_over_all_turns() -> None:
    one, other = figures(4), figures(3, seed=1)
    naive = torch.full((4, 3), torch.inf).double()
    for angle in torch.linspace(0, 2 * torch.pi, 400).tolist():
        moved = turned(other, angle)
        difference = (one - one.mean(1, keepdim=True))[:, None] - (moved - moved.mean(1, keepdim=True))
        naive = naive.minimum(difference.square().sum(-1).mean(-1).sqrt())
    torch.testing.assert_close(distances(one, other), naive, atol=1e-4, rtol=0)


@given(st.floats(-4, 4), st.tuples(*[st.floats(-50, 50)] * 3))
def test_heading_and_place_do_not_matter(angle: float, shift: tuple[float, float, float]) -> None:
    one = figures(3)
    assert distances(one, turned(one, angle, shift)).diagonal().max() < 1e-5
    torch.testing.assert_close(
        distances(turned(one, angle, shift), one), distances(one, one), atol=1e-5, rtol=0
    )


def test_leaning_does_matter() -> None:
    one = figures(1)
    lean = rotvec_to_matrix(torch.tensor([0.3, 0.0, 0.0]).double())
    assert distances(one, one @ lean.mT) > 0.02


def test_kept_poses_are_apart_and_dropped_ones_near_to_them() -> None:
    """Clouds of near-duplicates, over more than one block."""
    centres = figures(40)
    draw = torch.Generator().manual_seed(2)
    poses = centres[torch.randint(40, (1300,), generator=draw)]
    poses = poses + 0.008 * torch.randn(poses.shape, generator=draw).double()
    keep = distinct(poses, 0.02)
    kept, left_out = poses[keep], poses[~keep]
    assert len(kept) >= 40
    assert len(left_out) > 500
    assert (distances(kept, kept) + torch.eye(len(kept)) >= 0.02).all()
    assert (distances(left_out, kept) < 0.02).any(1).all()
    assert distinct(kept, 0.02).all()


def test_nothing_is_near_at_distance_zero_and_none_is_no_trouble() -> None:
    same = figures(1).expand(3, -1, -1)
    assert distinct(same, 0.0).all()
    assert distinct(same, 0.01).tolist() == [True, False, False]
    assert distinct(figures(0), 0.02).tolist() == []
