"""Rotations: round trips, the matrix exponential as the naive twin, and the edges (zero, half a turn)."""

import math

import pytest
import roma
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.rotation import (
    matrix_to_rotvec,
    matrix_to_sixd,
    orientation_to_rotvec,
    rotation_between,
    rotvec_to_matrix,
    rotvec_to_quaternion,
    sixd_to_matrix,
    vjp_rotvec,
)

_EYE = torch.eye(3, dtype=torch.float64)
numbers = st.lists(st.floats(-1, 1), min_size=3, max_size=3)
vectors = numbers.map(lambda v: torch.tensor(v, dtype=torch.float64))
directions = vectors.filter(lambda v: v.norm() > 0.1).map(lambda v: v / v.norm())
angles = st.floats(0, 2 * math.pi) | st.sampled_from([0.0, 1e-9, 1e-4, math.pi - 1e-9, math.pi, 2 * math.pi])


def skew(v: Tensor) -> Tensor:
    x, y, z = v.tolist()
    return torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=v.dtype)


@given(directions, angles)
def test_axis_angle_is_the_matrix_exponential(axis: Tensor, angle: float) -> None:
    torch.testing.assert_close(
        rotvec_to_matrix(axis * angle), torch.linalg.matrix_exp(skew(axis * angle)), atol=1e-12, rtol=0
    )


@given(directions, angles)
def test_axis_angle_comes_back_as_the_same_rotation_at_most_half_a_turn(axis: Tensor, angle: float) -> None:
    matrix = rotvec_to_matrix(axis * angle)
    rotvec = matrix_to_rotvec(matrix)
    assert rotvec.norm() <= math.pi + 1e-6
    torch.testing.assert_close(rotvec_to_matrix(rotvec), matrix, atol=1e-7, rtol=0)


def test_the_derivative_at_zero_is_the_skew_matrix() -> None:
    jacobian = torch.autograd.functional.jacobian(rotvec_to_matrix, torch.zeros(3, dtype=torch.float64))
    for axis in range(3):
        torch.testing.assert_close(jacobian[..., axis], skew(_EYE[axis]))


@given(directions, st.floats(0, 3))
def test_sixd_is_a_round_trip(axis: Tensor, angle: float) -> None:
    matrix = rotvec_to_matrix(axis * angle)
    torch.testing.assert_close(sixd_to_matrix(matrix_to_sixd(matrix)), matrix, atol=1e-9, rtol=0)


@given(directions, directions, st.floats(0.01, 100))
def test_any_two_columns_give_a_rotation(a: Tensor, b: Tensor, scale: float) -> None:
    if torch.linalg.cross(a, b).norm() < 1e-2:
        return
    matrix = sixd_to_matrix(torch.stack([a * scale, b], -1).flatten())
    torch.testing.assert_close(matrix.mT @ matrix, _EYE, atol=1e-9, rtol=0)
    assert torch.linalg.det(matrix) > 0
    torch.testing.assert_close(matrix[:, 0], a, atol=1e-9, rtol=0)


@given(directions, directions)
def test_rotation_between_takes_the_shortest_way(source: Tensor, target: Tensor) -> None:
    if (source + target).norm() < 1e-2:
        return
    rotation = rotation_between(source, target)
    torch.testing.assert_close(rotation @ source, target, atol=1e-7, rtol=0)
    axis = torch.linalg.cross(source, target)
    torch.testing.assert_close(rotation @ axis, axis, atol=1e-7, rtol=0)
    between = torch.atan2(axis.norm(), (source * target).sum())
    assert matrix_to_rotvec(rotation).norm() == pytest.approx(float(between), abs=1e-6)


def test_rotation_between_a_direction_and_itself_is_none() -> None:
    direction = torch.nn.functional.normalize(torch.tensor([0.3, -0.2, 0.9]), dim=0)
    torch.testing.assert_close(rotation_between(direction, direction), torch.eye(3), atol=1e-6, rtol=0)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3), (0,)])
def test_any_number_of_batch_dimensions(lead: tuple[int, ...]) -> None:
    rotvec = torch.randn(*lead, 3, generator=torch.Generator().manual_seed(0))
    matrix = rotvec_to_matrix(rotvec)
    assert matrix.shape == (*lead, 3, 3)
    assert matrix_to_sixd(matrix).shape == (*lead, 6)
    assert sixd_to_matrix(matrix_to_sixd(matrix)).shape == (*lead, 3, 3)
    assert matrix_to_rotvec(matrix).shape == (*lead, 3)
    each = [rotvec_to_matrix(v) for v in rotvec.reshape(-1, 3)]
    together = matrix.reshape(-1, 3, 3)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(each, together, strict=True))


@given(directions, angles)
def test_an_orientation_comes_back_as_the_same_rotation(axis: Tensor, angle: float) -> None:
    matrix = rotvec_to_matrix(axis * angle)
    rotvec = orientation_to_rotvec(matrix)
    assert rotvec.norm() <= 2 * math.pi + 1e-6
    torch.testing.assert_close(rotvec_to_matrix(rotvec), matrix, atol=1e-6, rtol=0)


@given(st.floats(-100, 20), directions, st.floats(0, 0.05))
def test_upright_people_s_orientation_is_steady(heading: float, about: Tensor, wobble: float) -> None:
    """From facing the camera (half a turn about x) by way of the left to nearly facing away."""
    facing = rotvec_to_matrix(torch.tensor([math.pi, 0.0, 0.0], dtype=torch.float64))
    turned = facing @ rotvec_to_matrix(torch.tensor([0.0, math.radians(heading), 0.0], dtype=torch.float64))
    wobbled = rotvec_to_matrix(about * wobble) @ turned
    assert (orientation_to_rotvec(turned) - orientation_to_rotvec(wobbled)).norm() < 4 * wobble + 1e-6


@pytest.mark.parametrize("angle", [0.0, 1e-7, 1e-4, 0.03, 0.032, 0.5, 3.0, 4.0])
def test_the_reverse_pass_of_axis_angle_agrees_with_autograd(angle: float) -> None:
    generator = torch.Generator().manual_seed(0)
    axis = torch.nn.functional.normalize(torch.randn(5, 3, generator=generator).double(), dim=1)
    rotvec = (axis * angle).requires_grad_()
    matrix = rotvec_to_matrix(rotvec)
    small = torch.zeros(5, 3, dtype=torch.float64, requires_grad=True)
    pull = torch.randn(5, 3, 3, generator=generator).double()
    (torque,) = torch.autograd.grad((rotvec_to_matrix(small) @ matrix.detach() * pull).sum(), small)
    (expected,) = torch.autograd.grad((matrix * pull).sum(), rotvec)
    torch.testing.assert_close(vjp_rotvec(rotvec.detach(), torque), expected, atol=1e-6, rtol=1e-8)
    single = vjp_rotvec(rotvec.detach().float(), torque.float())
    torch.testing.assert_close(single.double(), expected, atol=1e-5, rtol=1e-5)


@given(directions, angles)
def test_the_conversions_are_roma_s(axis: Tensor, angle: float) -> None:
    rotvec, matrix = axis * angle, rotvec_to_matrix(axis * angle)
    ours, theirs = matrix_to_rotvec(matrix), roma.rotmat_to_rotvec(matrix)
    # At half a turn the axis may point either way.
    either = min((ours - theirs).norm(), (ours + theirs).norm() if ours.norm() > 3.14 else torch.inf)
    assert either < 1e-7
    torch.testing.assert_close(
        rotvec_to_quaternion(rotvec), roma.rotvec_to_unitquat(rotvec), atol=1e-12, rtol=0
    )


@given(vectors, vectors)
def test_gram_and_schmidt_are_roma_s(a: Tensor, b: Tensor) -> None:
    columns = torch.stack([a, b], 1)
    if torch.linalg.cross(a, b).norm() > 1e-3:
        theirs = roma.special_gramschmidt(columns)
        torch.testing.assert_close(sixd_to_matrix(columns.flatten()), theirs, atol=1e-9, rtol=0)
