"""SMPLify's objective: derivatives, what it ignores, which bends it punishes."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from model.benchmark.methods.minimisers import Objective
from model.benchmark.methods.smplify import Reprojection, SMPLify, bending, in_double
from model.body.body import Body
from model.body.joints import JOINT_NAMES
from model.fit.observation import Observation, look_at_person
from model.fit.pose_space import PoseSpace, start
from model.keypoints.names import CANONICAL_NAMES
from model.rotation import rotvec_to_matrix
from tests.model.people import people_in_picture, random_poses
from tests.model.prior.priors import small_prior

DATA = Reprojection(200.0)


def exact(body: Body, count: int = 2) -> tuple[Tensor, PoseSpace, Observation]:
    """People in 64 bits, at the pose that their picture was taken of."""
    people = people_in_picture(body, count)
    view = look_at_person(people.pixels, people.confidence, people.camera)
    rotations = people.rotations.clone()
    rotations[:, 0] = view.rotation @ rotations[:, 0]
    x, space = start(rotations.double(), people.betas.double())
    return x, space, Observation(*(value.double() for value in view.observation))


OBJECTIVES: dict[str, Objective] = {
    "data": DATA,
    "torso": replace(DATA, torso=True),
    "all": SMPLify(DATA, in_double(small_prior()), 4.78, 15.2, 5.0),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradients_are_those_of_finite_differences(name: str, body: Body, body64: Body) -> None:
    objective = OBJECTIVES[name]
    x, space, observation = exact(body)
    x = (x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))).requires_grad_()
    (slope,) = torch.autograd.grad(objective(x, space, body64, observation).sum(), x)
    for column in (0, 2, 13, 40, 56, 62, 69):
        step = torch.zeros_like(x)
        step[:, column] = 1e-6
        ahead, behind = (objective(x + s, space, body64, observation).detach() for s in (step, -step))
        torch.testing.assert_close((ahead - behind) / 2e-6, slope[:, column], rtol=1e-4, atol=1e-3)


def test_the_data_term_is_nothing_at_the_truth_and_bounded_far_off(body: Body, body64: Body) -> None:
    x, space, observation = exact(body)
    torch.testing.assert_close(
        DATA(x, space, body64, observation), torch.zeros(2).double(), atol=1e-3, rtol=0
    )
    off = observation._replace(keypoints=observation.keypoints * 100)
    most = 2 * 100.0**2 * observation.confidence.square().sum(1)
    assert (DATA(x, space, body64, off) < most).all()


def test_the_torso_is_all_that_counts_if_enough_of_it_is_seen(body: Body, body64: Body) -> None:
    x, space, observation = exact(body)
    torso = replace(DATA, torso=True)
    moved = observation.keypoints.clone()
    moved[:, CANONICAL_NAMES.index("left_wrist")] += 0.3
    wrist = observation._replace(keypoints=moved)
    before = torso(x, space, body64, observation)
    torch.testing.assert_close(torso(x, space, body64, wrist), before)
    hidden = observation.confidence.clone()
    hidden[:, [k for k, name in enumerate(CANONICAL_NAMES) if name.endswith("_hip")]] = 0.0
    assert (torso(x, space, body64, wrist._replace(confidence=hidden)) > before + 1).all()


@pytest.mark.parametrize(
    ("joint", "bent"),
    [
        ("left_knee", [1.0, 0, 0]), ("right_knee", [1.0, 0, 0]),
        ("left_elbow", [0, -1.0, 0]), ("right_elbow", [0, 1.0, 0]),
    ],
)  # fmt: skip
def test_joints_bend_one_way(joint: str, bent: list[float]) -> None:
    rotations = random_poses(2, 0, angle=0.0)
    turns = torch.tensor([bent, [-value for value in bent]])
    rotations[:, JOINT_NAMES.index(joint)] = rotvec_to_matrix(turns)
    as_people, against = bending(rotations).tolist()
    # Three joints straight, e^0 each; the fourth by e^-2 or e^2.
    assert as_people == pytest.approx(3 + 0.1353, abs=1e-3)
    assert against == pytest.approx(3 + 7.389, abs=1e-3)


def test_weights_count_squared(body: Body, body64: Body) -> None:
    x, space, observation = exact(body)
    rotations, betas = space.decode(x)
    prior = in_double(small_prior())
    parts = {
        "pose": -prior.log_density(rotations, lean=False), "bend": bending(rotations),
        "shape": betas.square().sum(1),
    }  # fmt: skip
    none = dict.fromkeys(parts, 0.0)
    for name, part in parts.items():
        value = SMPLify(DATA, prior, **{**none, name: 3.0})(x, space, body64, observation)
        torch.testing.assert_close(value, 9 * part + DATA(x, space, body64, observation))
