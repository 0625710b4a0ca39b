"""Initializer and L-SR1 together: what is returned, what is held, and where a meta-loss reaches."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.fit.network import Recovery, RecoveryConfig
from model.fit.objective import evaluate
from model.fit.observation import Observation, look_at_person
from model.fit.pose_space import NUM_VARIABLES
from model.optimizer.lgd import LGD, LGDConfig
from model.optimizer.unroll import Mode
from tests.model.people import TINY, people_in_picture


@pytest.fixture(scope="module")
def observation(body: Body) -> Observation:
    people = people_in_picture(body, 4)
    return look_at_person(people.pixels, people.confidence, people.camera).observation


def test_the_trajectory_begins_at_the_initializer(
    recovery: Recovery, body: Body, observation: Observation
) -> None:
    guess = recovery.initializer(observation)
    space, trajectory = recovery.trajectory(body, observation, 3)
    rotations, betas = space.decode(trajectory.points[0])
    torch.testing.assert_close(rotations, guess.rotations)
    torch.testing.assert_close(betas, guess.betas)
    assert [point.shape for point in trajectory.points] == [(4, NUM_VARIABLES)] * 4
    for point, evaluation in zip(trajectory.points, trajectory.evaluations, strict=True):
        torch.testing.assert_close(evaluation.value, evaluate(point, space, body, observation).value)


def test_each_step_moves_and_the_secant_is_zero_only_at_first(
    recovery: Recovery, body: Body, observation: Observation
) -> None:
    _, trajectory = recovery.trajectory(body, observation, 3)
    for before, after in zip(trajectory.points, trajectory.points[1:], strict=False):
        assert ((after - before).norm(dim=1) > 1e-4).all()
    assert (trajectory.secants[0] == 0).all()
    assert all((secant > 0).all() for secant in trajectory.secants[1:])


def gradients(recovery: Recovery, loss: Tensor) -> dict[str, float]:
    """The size of the gradient of each parameter, nothing for those that it does not reach."""
    names, parameters = zip(*recovery.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return {name: float(g.abs().sum()) for name, g in zip(names, found, strict=True) if g is not None}


def test_the_last_iterate_s_loss_reaches_every_network_through_the_steps(
    recovery: Recovery, body: Body, observation: Observation
) -> None:
    _, trajectory = recovery.trajectory(body, observation, 3, mode=Mode(differentiable=True))
    reached = gradients(recovery, trajectory.points[-1].square().sum())
    for part in ("initializer.first", "initializer.betas", "initializer.context", "coordinates", "optimizer"):
        some = {name: size for name, size in reached.items() if name.startswith(part)}
        assert some, part
        assert all(size > 0 for size in some.values()), some


def test_the_initializer_s_own_point_reaches_the_initializer_alone(
    recovery: Recovery, body: Body, observation: Observation
) -> None:
    _, trajectory = recovery.trajectory(body, observation, 2, mode=Mode(differentiable=True))
    reached = gradients(recovery, trajectory.evaluations[0].value.sum())
    assert not any(name.startswith("optimizer") for name in reached)
    assert reached["initializer.rotations.weight"] > 0


def test_without_differentiable_nothing_is_kept(
    recovery: Recovery, body: Body, observation: Observation
) -> None:
    _, trajectory = recovery.trajectory(body, observation, 2)
    assert not any(point.requires_grad for point in trajectory.points[1:])


def test_known_betas_are_held_at_every_point(
    recovery: Recovery, body: Body, observation: Observation
) -> None:
    betas = torch.full((4, 10), torch.nan)
    betas[0], betas[2, 3] = 0.5, -1.0
    _, trajectory = recovery.trajectory(body, observation, 3, betas=betas)
    for point in trajectory.points:
        assert (point[0, -10:] == 0.5).all()
        assert point[2, -10 + 3] == -1.0
    _, free = recovery.trajectory(body, observation, 3, betas=torch.full((4, 10), torch.nan))
    _, none = recovery.trajectory(body, observation, 3)
    assert torch.equal(free.points[-1], none.points[-1])


_LGD = replace(TINY, kind="lgd", lgd=LGDConfig(width=8, blocks=1, input_scale=(2.0, 50.0)))


@pytest.mark.parametrize("config", [TINY, _LGD, replace(TINY, person_features=False)])
def test_a_configuration_survives_json(config: RecoveryConfig) -> None:
    assert RecoveryConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_earlier_names_of_settings_are_read() -> None:
    values = _LGD.to_dict()
    for part in ("optimizer", "lgd"):
        values[part]["largest_step"] = values[part].pop("max_step")
    values["optimizer"]["told"] = values["optimizer"].pop("metric_input")
    assert RecoveryConfig.from_dict(values) == _LGD
    assert "told" in values["optimizer"]  # left as it was


def test_what_older_weights_do_not_say_has_its_default() -> None:
    values = TINY.to_dict()
    for name in ("kind", "coordinate_features", "person_features"):
        del values[name]
    del values["optimizer"]["norm"]
    assert RecoveryConfig.from_dict(values) == TINY


@pytest.mark.parametrize(
    "config",
    [
        _LGD,
        replace(_LGD, coordinate_features=0),
        replace(TINY, coordinate_features=0),
        replace(TINY, person_features=False),
        replace(TINY, person_features=False, coordinate_features=0),
    ],
    ids=["lgd", "lgd blind", "blind to coordinates", "blind to people", "blind"],
)
def test_other_optimizers_and_contexts_learn_all_their_parts(
    config: RecoveryConfig, body: Body, observation: Observation
) -> None:
    torch.manual_seed(0)
    recovery = Recovery(config)
    assert isinstance(recovery.optimizer, LGD) == (config.kind == "lgd")
    _, trajectory = recovery.trajectory(body, observation, 3, mode=Mode(differentiable=True))
    points = trajectory.points
    assert all((a - b).abs().max() > 1e-5 for a, b in pairwise(points))
    reached = gradients(recovery, points[-1].square().sum())
    parts = {name for name, _ in recovery.named_parameters() if name.startswith("optimizer")}
    assert {name for name in reached if name.startswith("optimizer")} == parts
    assert (reached.get("initializer.context.weight", 0.0) > 0) == config.person_features
    assert (reached.get("coordinates", 0.0) > 0) == (config.coordinate_features > 0)


def test_unknown_names_are_refused() -> None:
    values = TINY.to_dict()
    values["optimizer"]["depth"] = 3
    with pytest.raises(TypeError, match="depth"):
        RecoveryConfig.from_dict(values)


def test_nothing_of_the_body_is_among_the_weights(recovery: Recovery, body: Body) -> None:
    assert sum(value.numel() for value in recovery.state_dict().values()) == sum(
        parameter.numel() for parameter in recovery.parameters()
    )
    assert not body.state_dict()
