"""The objective: its value at the truth, its gradient, and that only the person's own keypoints count."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.body.body import Body
from model.camera import Cameras
from model.fit.objective import (
    CORNER,
    OBJECTIVE_SCALE,
    evaluate,
    gradient,
    project_to_box,
    reprojection_error,
)
from model.fit.observation import Observation, look_at_person
from model.fit.pose_space import NUM_VARIABLES, PoseSpace, start
from tests.model.people import People, people_in_picture


def seen(people: People) -> tuple[Observation, PoseSpace, Tensor]:
    """What the fit sees of people, in 64 bits, and the truth in the virtual camera's axes."""
    camera = people.camera.to(torch.float64)
    view = look_at_person(people.pixels.double(), people.confidence.double(), camera)
    rotations = people.rotations.double()
    rotations = torch.cat([(view.rotation @ rotations[:, 0])[:, None], rotations[:, 1:]], 1)
    x, space = start(rotations, people.betas.double())
    return view.observation, space, x


def test_at_the_truth_it_is_zero_and_the_translation_known(body: Body, body64: Body) -> None:
    people = people_in_picture(body, 4)
    observation, space, x = seen(people)
    evaluation = evaluate(x, space, body64, observation)
    assert evaluation.value.max() < 1e-8
    assert evaluation.residual.abs().max() < 1e-4
    # The skeleton's root stays where it rests, so turning the camera moves only what is added to it.
    pelvis = body64.skeleton(space.decode(x)[0], x[:, -10:]).joints[:, 0]
    distance = (pelvis + evaluation.translation).norm(dim=1)
    expected = (pelvis + people.translation).norm(dim=1)
    torch.testing.assert_close(distance, expected, atol=1e-3, rtol=0)


def test_the_gradient_agrees_with_finite_differences(body: Body, body64: Body) -> None:
    observation, space, x = seen(people_in_picture(body, 2))
    x = x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    assert torch.autograd.gradcheck(
        lambda x: evaluate(x, space, body64, observation).value,
        x.requires_grad_(),
        atol=1e-7,
        fast_mode=False,
    )


@pytest.mark.parametrize("spread", [0.0, 0.1, 1.0])
def test_the_gradient_by_formula_is_that_of_autograd(body: Body, body64: Body, spread: float) -> None:
    observation, space, x = seen(people_in_picture(body, 5))
    x = x + spread * torch.randn(x.shape, generator=torch.Generator().manual_seed(2)).double()
    x.requires_grad_()
    evaluation = evaluate(x, space, body64, observation)
    (expected,) = torch.autograd.grad(evaluation.value.sum(), x)
    found = gradient(x.detach(), evaluation, space, body64, observation)
    assert not found.requires_grad
    torch.testing.assert_close(found, expected, atol=1e-8, rtol=1e-6)


def test_the_gradient_at_the_start_and_at_the_truth_is_finite(body: Body, body64: Body) -> None:
    observation, space, x = seen(people_in_picture(body, 2))
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(evaluate(x, space, body64, observation).value.sum(), x)
    assert gradient.isfinite().all()
    assert gradient.abs().max() < 1e-3


def test_a_person_s_value_does_not_depend_on_the_others(body: Body, body64: Body) -> None:
    observation, space, x = seen(people_in_picture(body, 4))
    x = (x + 0.2).requires_grad_()
    together = evaluate(x, space, body64, observation).value
    (gradient,) = torch.autograd.grad(together[1], x)
    assert (gradient[[0, 2, 3]] == 0).all()
    alone = evaluate(
        x[1:2], PoseSpace(*(v[1:2] for v in space)), body64, Observation(*(v[1:2] for v in observation))
    )
    torch.testing.assert_close(alone.value[0], together[1])


def test_missing_keypoints_play_no_part(body: Body, body64: Body) -> None:
    observation, space, x = seen(people_in_picture(body, 2))
    confidence = observation.confidence.clone()
    confidence[:, ::3] = 0.0
    values = []
    for junk in (0.0, 0.4):
        keypoints = torch.where((confidence == 0)[..., None], junk, observation.keypoints)
        some = Observation(keypoints, confidence, observation.focal, observation.up)
        values.append(evaluate(x + 0.1, space, body64, some).value)
    torch.testing.assert_close(*values)


def test_people_without_keypoints_have_a_value_of_zero(body: Body) -> None:
    x, space = start(torch.eye(3).expand(1, 24, 3, 3), torch.zeros(1, 10))
    unseen = Observation(
        torch.zeros(1, 25, 2), torch.zeros(1, 25), torch.ones(1), torch.tensor([[0.0, -1.0]])
    )
    x.requires_grad_()
    evaluation = evaluate(x, space, body, unseen)
    (gradient,) = torch.autograd.grad(evaluation.value.sum(), x)
    assert evaluation.value.item() == 0
    assert torch.equal(gradient, torch.zeros(1, NUM_VARIABLES))
    assert all(part.isfinite().all() for part in (evaluation.translation, evaluation.residual))


@given(st.integers(0, 2**31), st.floats(0.01, 100))
def test_the_error_is_a_weighted_mean_of_smoothed_distances(seed: int, factor: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    residual = torch.randn(3, 25, 2, generator=generator).double() * 0.1
    confidence = torch.rand(3, 25, generator=generator).double()
    found = reprojection_error(residual, confidence * factor)
    for value, errors, weights in zip(found, residual.tolist(), confidence.tolist(), strict=True):
        smooth = [(x * x + y * y + CORNER**2) ** 0.5 - CORNER for x, y in errors]
        mean = sum(w * s for w, s in zip(weights, smooth, strict=True)) / sum(weights)
        assert value.item() == pytest.approx(OBJECTIVE_SCALE * mean)


def test_small_errors_count_squared_and_large_ones_as_they_are() -> None:
    small, large = torch.tensor([[[1e-4, 0.0]]]).double(), torch.tensor([[[0.0, 5.0]]]).double()
    one = torch.ones(1, 1).double()
    assert reprojection_error(small, one).item() == pytest.approx(
        OBJECTIVE_SCALE * 1e-8 / (2 * CORNER), rel=1e-3
    )
    assert reprojection_error(large, one).item() == pytest.approx(OBJECTIVE_SCALE * (5 - CORNER), rel=1e-3)


def test_projection_to_the_box_is_a_camera_of_that_focal_length() -> None:
    points = torch.randn(2, 25, 3, generator=torch.Generator().manual_seed(0))
    translation, focal = torch.tensor([[0.1, 0.2, 6.0]] * 2), torch.tensor([3.0, 5.0])
    camera = Cameras.of(focal, focal, 0.0, 0.0)
    expected = camera.project(points + translation[:, None])
    torch.testing.assert_close(project_to_box(points, translation, focal), expected)
