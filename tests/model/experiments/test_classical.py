"""Classical rows: their starts, chosen rates and results."""

import pytest
import torch

from model.body.body import Body
from model.data.library import PoseLibrary
from model.data.synthesis import observe
from model.evaluate.poses import CLEAN, StepErrors, evaluate_poses
from model.evaluate.starts import initializer_of, mean_pose
from model.experiments import classical
from model.experiments.classical import CLASSICAL, ClassicalFit, run_classical
from model.fit.objective import evaluate
from model.fit.observation import Observation
from model.optimizer.first_order import GradientDescent
from model.rotation import rotvec_to_matrix
from tests.model.experiments.settings import tiny_setting
from tests.model.people import random_poses, tiny_recovery


@pytest.fixture(scope="module")
def observation(body: Body) -> Observation:
    observed, _ = observe(
        random_poses(3, 0), torch.zeros(3, 10), body, CLEAN, torch.Generator().manual_seed(0)
    )
    return observed


@torch.no_grad()
def test_the_first_guess_is_the_initializer_s(body: Body, observation: Observation) -> None:
    recovery = tiny_recovery()
    space, trajectory = ClassicalFit(initializer_of(recovery), GradientDescent(0.1)).trajectory(
        body, observation, 2
    )
    _, learned = recovery.trajectory(body, observation, 0)
    assert torch.equal(trajectory.points[0], learned.points[0])
    assert len(trajectory.points) == 3
    last = evaluate(trajectory.points[-1], space, body, observation).value
    torch.testing.assert_close(trajectory.evaluations[-1].value, last)


def test_the_mean_pose_stands_upright_in_the_middle_of_the_poses(observation: Observation) -> None:
    """Turns about one axis have the middle turn as their mean."""
    turns = torch.zeros(2, 24, 3)
    turns[0, 1:, 0], turns[1, 1:, 0] = 0.2, 0.6
    x, space = mean_pose(PoseLibrary(rotvec_to_matrix(turns), torch.tensor([0.5, 0.5])))(observation)
    expected = torch.zeros(24, 3)
    expected[1:, 0] = 0.4
    rotations = space.origin
    assert rotations.shape == (3, 24, 3, 3)
    torch.testing.assert_close(rotations[0, 1:], rotvec_to_matrix(expected)[1:], atol=0.01, rtol=0)
    torch.testing.assert_close(
        rotations[0, 0] @ torch.tensor([0.0, 1.0, 0.0]), torch.tensor([0.0, -1.0, 0.0])
    )
    torch.testing.assert_close(torch.linalg.det(rotations), torch.ones(3, 24))
    assert (x == 0).all()


@pytest.mark.parametrize("name", CLASSICAL)
def test_errors_belong_to_the_reported_rates(name: str, body: Body) -> None:
    setup, row = tiny_setting(body), CLASSICAL[name]
    result = run_classical(name, row, setup, lambda line: None)
    begin = mean_pose(setup.data.train) if row.from_mean else initializer_of(setup.start)
    for k, rate in result.rates.items():
        assert rate in row.rates
        errors = evaluate_poses(ClassicalFit(begin, row.solver(rate)), body, setup.data.validation, int(k))
        assert result.errors["noisy"]["pa_mpjpe_mm"][k] == pytest.approx(errors["noisy"].pa_mpjpe_mm[-1])
        assert result.errors["clean"]["error_2d"][k] == pytest.approx(errors["clean"].error_2d[-1])


def test_the_best_rate_is_chosen_for_each_number_of_steps() -> None:
    def errors(*values: float) -> dict[str, StepErrors]:
        return {name: StepErrors(list(values), [], []) for name in ("clean", "noisy")}

    tried = {0.1: errors(9, 8, 7), 0.2: errors(9, 7, 8), 0.3: errors(9, float("nan"), float("nan"))}
    assert [classical._best(tried, k) for k in (1, 2)] == [0.2, 0.1]
