"""The meta-loss: zero at the truth, the weighted sum of its parts, blind to whole turns."""

from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import JOINT_NAMES
from model.data.library import PoseLibrary
from model.data.synthesis import Truth, draw_people
from model.evaluate.poses import CLEAN
from model.fit.objective import Evaluation, evaluate
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace, start
from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.problem import FunctionProblem
from model.optimizer.unroll import Trajectory, unroll
from model.rotation import matrix_to_rotvec, rotvec_to_matrix
from model.train.config import LossConfig
from model.train.loss import centred, meta_loss
from tests.model.people import random_poses

COUNT = 6
NOTHING = LossConfig(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def people(body: Body) -> tuple[Observation, Truth]:
    library = PoseLibrary(random_poses(COUNT, seed=0), torch.full((COUNT,), 1 / COUNT))
    return draw_people(library, body, COUNT, CLEAN, torch.Generator().manual_seed(0))


def at(
    points: list[Tensor], body: Body, people: tuple[Observation, Truth], secants: list[Tensor] | None = None
) -> tuple[Trajectory[Evaluation], PoseSpace, Truth]:
    """A trajectory that visits x = truth + each of the given offsets (B, 70)."""
    observation, truth = people
    x, space = start(truth.rotations, truth.betas)
    visited = [x + point for point in points]
    evaluations = [evaluate(x, space, body, observation) for x in visited]
    return Trajectory(visited, evaluations, secants or []), space, truth


def off(size: float, seed: int = 0) -> Tensor:
    return size * torch.randn(COUNT, 70, generator=torch.Generator().manual_seed(seed))


def test_at_the_truth_it_is_zero(body: Body, people: tuple[Observation, Truth]) -> None:
    loss, parts = meta_loss(*at([off(0.0)] * 3, body, people), LossConfig())
    assert loss < 1e-4
    assert max(parts.values()) < 1e-4


def test_the_farther_the_larger(body: Body, people: tuple[Observation, Truth]) -> None:
    rows = [meta_loss(*at([off(size)], body, people), LossConfig())[1] for size in (0.02, 0.1, 0.4)]
    for name in ("rotation", "joints", "aligned", "betas", "reprojection"):
        sizes = [row[name] for row in rows]
        assert sizes == sorted(sizes), name
        assert sizes[0] > 0, name


def test_it_is_the_weighted_sum_of_its_parts(body: Body, people: tuple[Observation, Truth]) -> None:
    trajectory = at([off(0.1), off(0.2)], body, people, [torch.rand(COUNT)])
    config = LossConfig(rotation=0.3, joints=2.0, betas=0.7, reprojection=0.1, secant=0.9)
    loss, parts = meta_loss(*trajectory, config)
    assert set(parts) == set(asdict(config)) - {"late", "corner"}
    assert loss.item() == pytest.approx(sum(getattr(config, name) * value for name, value in parts.items()))
    for name, value in parts.items():
        alone, _ = meta_loss(*trajectory, replace(NOTHING, **{name: 1.0}))
        assert alone.item() == pytest.approx(value, rel=1e-5)


LATE = {1.0: [1 / 3, 1 / 3, 1 / 3], 3.0: [1 / 6, 2 / 6, 3 / 6], 0.0: [2 / 3, 1 / 3, 0.0]}


@pytest.mark.parametrize(("late", "shares"), LATE.items(), ids=map(str, LATE))
def test_iterates_count_by_how_late_they_are(
    body: Body, people: tuple[Observation, Truth], late: float, shares: list[float]
) -> None:
    points = [off(0.1, 1), off(0.2, 2), off(0.3, 3)]
    alone = [meta_loss(*at([point], body, people), LossConfig())[0].item() for point in points]
    together, _ = meta_loss(*at(points, body, people), LossConfig(late=late))
    expected = sum(share * value for share, value in zip(shares, alone, strict=True))
    assert together.item() == pytest.approx(expected, rel=1e-4)


def test_a_whole_turn_more_is_no_error(body: Body, people: tuple[Observation, Truth]) -> None:
    """Axis-angle wraps, so the loss must not see it."""
    turn = torch.zeros(COUNT, 70)
    turn[:, 3 * JOINT_NAMES.index("left_elbow") + 1] = 2 * torch.pi
    loss, _ = meta_loss(*at([turn], body, people), LossConfig())
    assert loss < 1e-4


def test_rotations_are_compared_where_axis_angle_would_lie() -> None:
    """Just short of and just past half a turn are neighbours."""
    before, past = (torch.tensor([0.0, angle, 0.0]) for angle in (torch.pi - 0.01, torch.pi + 0.01))
    assert (rotvec_to_matrix(before) - rotvec_to_matrix(past)).abs().max() < 0.03
    assert (matrix_to_rotvec(rotvec_to_matrix(past)) - before).norm() > 6


def test_where_a_person_stands_does_not_matter(people: tuple[Observation, Truth]) -> None:
    joints = people[1].joints
    moved = centred(joints + torch.tensor([1.0, -2.0, 5.0]))
    torch.testing.assert_close(moved, centred(joints), atol=1e-5, rtol=0)
    hips = [JOINT_NAMES.index("left_hip"), JOINT_NAMES.index("right_hip")]
    assert centred(joints)[:, hips].mean(1).abs().max() < 1e-6


def test_aligned_joints_may_be_turned_scaled_and_moved(body: Body, people: tuple[Observation, Truth]) -> None:
    trajectory, space, truth = at([off(0.0)], body, people)
    turn = rotvec_to_matrix(torch.tensor([0.3, -0.5, 0.2]))
    elsewhere = truth._replace(joints=1.2 * truth.joints @ turn.mT + 3.0)
    _, parts = meta_loss(trajectory, space, elsewhere, LossConfig())
    assert parts["joints"] > 0.05
    assert parts["aligned"] < 1e-4


def test_hands_are_not_scored(body: Body, people: tuple[Observation, Truth]) -> None:
    _, truth = people
    moved = truth.joints.clone()
    moved[:, [JOINT_NAMES.index("left_hand"), JOINT_NAMES.index("right_hand")]] += 1.0
    trajectory, space, _ = at([off(0.1)], body, people)
    _, parts = meta_loss(trajectory, space, truth, LossConfig())
    _, other = meta_loss(trajectory, space, truth._replace(joints=moved), LossConfig())
    assert other["joints"] == parts["joints"]


def test_the_secant_part_is_zero_where_b_q_is_p() -> None:
    """The identity meets the condition on 0.5 |x|^2, whose gradient changes exactly as x does."""
    torch.manual_seed(0)
    solver = LSR1(LSR1Config(width=8, hidden=8))
    with torch.no_grad():
        solver.networks.vector.last.weight.zero_()
    x = torch.randn(COUNT, 70, generator=torch.Generator().manual_seed(1))

    class Half:
        def __init__(self, x: Tensor) -> None:
            self.value = 0.5 * x.square().sum(1)

    met = unroll(solver, FunctionProblem(Half), x, 4).secants
    assert all((secant < 1e-10).all() for secant in met)
    with torch.no_grad():
        solver.networks.vector.last.weight.fill_(0.3)
    missed = unroll(solver, FunctionProblem(Half), x, 4).secants
    assert (missed[0] == 0).all()
    assert all((secant > 1e-6).all() for secant in missed[1:])


def test_the_secant_part_is_a_mean_over_all_steps(body: Body, people: tuple[Observation, Truth]) -> None:
    secants = [torch.zeros(COUNT), torch.arange(COUNT).float(), torch.ones(COUNT)]
    _, parts = meta_loss(*at([off(0.1)] * 4, body, people, secants), LossConfig())
    assert parts["secant"] == pytest.approx((0 + 2.5 + 1) / 3)
    assert "secant" not in meta_loss(*at([off(0.1)], body, people), LossConfig())[1]


def test_with_a_corner_far_rotations_count_less_and_near_ones_the_same(
    body: Body, people: tuple[Observation, Truth]
) -> None:
    def ratio(size: float) -> float:
        plain, cornered = (
            meta_loss(*at([off(size)], body, people), replace(NOTHING, corner=corner))[1]["rotation"]
            for corner in (0.0, 0.05)
        )
        return cornered / plain

    assert ratio(0.001) == pytest.approx(1.0, abs=0.02)
    assert ratio(0.001) > ratio(0.05) > ratio(0.5)
