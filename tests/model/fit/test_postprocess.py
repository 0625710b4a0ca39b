"""The end of a fit: which point is taken, and where its body is put."""

import pytest
import torch

from model.body.body import Body
from model.fit.mirror import canonical_side, mirror_back
from model.fit.pose_space import NUM_VARIABLES, PoseSpace
from model.fit.postprocess import postprocess
from model.fit.preprocess import preprocess
from model.fit.result import FitResult, pose_of
from tests.model.people import people_in_picture, random_poses

COUNT = 4


def placed(body: Body, values: torch.Tensor, points: torch.Tensor) -> FitResult:
    """Points about random poses."""
    seen = people_in_picture(body, COUNT)
    people = preprocess(seen.pixels, seen.confidence, seen.camera)
    _, flipped = canonical_side(people.view.observation)
    return postprocess(body, people, flipped, PoseSpace.around(random_poses(COUNT, seed=1)), points, values)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_the_best_of_the_finite_points_is_taken(body: Body, bad: float) -> None:
    points = 0.1 * torch.randn(COUNT, 3, NUM_VARIABLES, generator=torch.Generator().manual_seed(0))
    values = torch.tensor([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [3.0, bad, 4.0], [2.0, 1.0, 1.5]])
    points[3, 1, 5] = bad
    result = placed(body, values, points)
    best = [2, 0, 0, 2]
    assert result.best_step.tolist() == best
    largest = torch.finfo(torch.float32).max
    assert result.objective[2, 1] == result.objective[3, 1] == largest
    for person, step in enumerate(best):
        torch.testing.assert_close(result.betas[person], points[person, step, -10:])


def test_the_true_body_is_placed_where_it_stood(body: Body) -> None:
    seen = people_in_picture(body, COUNT)
    people = preprocess(seen.pixels, seen.confidence, seen.camera)
    _, flipped = canonical_side(people.view.observation)
    assert 0 < flipped.sum() < COUNT
    # What a perfect fit would have found: the truth as the virtual camera sees it, from the fitted side.
    turned = torch.cat([(people.view.rotation @ seen.rotations[:, 0])[:, None], seen.rotations[:, 1:]], 1)
    space = PoseSpace.around(mirror_back(turned, flipped))
    x = torch.cat([torch.zeros(COUNT, NUM_VARIABLES - 10), seen.betas], 1)
    result = postprocess(body, people, flipped, space, x[:, None], torch.zeros(COUNT, 1))
    torch.testing.assert_close(result.rotations, seen.rotations, atol=1e-5, rtol=0)
    torch.testing.assert_close(result.transl, seen.translation, atol=1e-2, rtol=0)
    torch.testing.assert_close(result.keypoints2d[:, :25], seen.pixels, atol=0.05, rtol=0)
    assert (result.residual_px < 0.05).all()
    torch.testing.assert_close(result.pose, pose_of(result.rotations))
