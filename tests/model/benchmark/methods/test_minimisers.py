"""The minimisers: as torch's, each person independent, never to points that are not finite."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from model.benchmark.methods.minimisers import BatchedAdam, Minimiser, Objective, Problems, Stage, WolfeLBFGS
from model.body.body import Body
from model.fit.observation import Observation
from model.fit.pose_space import NUM_VARIABLES, PoseSpace

CENTRE = torch.linspace(-0.5, 0.5, NUM_VARIABLES)
WEIGHT = torch.linspace(1.0, 30.0, NUM_VARIABLES)


def bowl(x: Tensor, space: PoseSpace, body: Body, observation: Observation) -> Tensor:
    """A quadratic with a centre for each person."""
    off = x - CENTRE.to(x) * observation.focal[:, None]
    return (WEIGHT.to(x) * off.square()).sum(1)


def problems(body: Body, count: int = 3) -> Problems:
    focal = torch.linspace(0.5, 1.5, count)
    observation = Observation(torch.zeros(count, 25, 2), torch.ones(count, 25), focal, torch.zeros(count, 2))
    x = torch.randn(count, NUM_VARIABLES, generator=torch.Generator().manual_seed(0))
    return Problems(x, PoseSpace.around(torch.eye(3).expand(count, 24, 3, 3)), body, observation)


def test_adam_is_torch_s(body: Body) -> None:
    given = problems(body, 1)
    points = BatchedAdam(0.05).run(given, [Stage(bowl, 20)])
    variable = given.x.clone().requires_grad_()
    adam = torch.optim.Adam([variable], lr=0.05)
    for _ in range(20):
        adam.zero_grad()
        given.value(Stage(bowl, 20), variable).sum().backward()
        adam.step()
    torch.testing.assert_close(points[-1].x, variable.detach(), rtol=1e-4, atol=1e-5)
    assert [float(point.taken) for point in points] == list(range(21))


def test_l_bfgs_ends_at_the_minimum(body: Body) -> None:
    given = problems(body)
    points = WolfeLBFGS().run(given, [Stage(bowl, 200)])
    wanted = CENTRE * given.observation.focal[:, None]
    torch.testing.assert_close(points[-1].x, wanted, rtol=0, atol=1e-4)
    assert (points[-1].taken > 1).all()
    assert points[-1].x.dtype == torch.float32


def test_l_bfgs_takes_no_more_iterations_than_allowed(body: Body) -> None:
    end = WolfeLBFGS(inner=4).run(problems(body), [Stage(bowl, 6)])[-1]
    assert end.taken.tolist() == [6.0] * 3


MINIMISERS: dict[str, Minimiser] = {"adam": BatchedAdam(0.05), "l-bfgs": WolfeLBFGS()}


@pytest.mark.parametrize("minimiser", MINIMISERS.values(), ids=MINIMISERS)
def test_each_person_is_fitted_as_if_alone(minimiser: Minimiser, body: Body) -> None:
    given, stages = problems(body), [Stage(bowl, 5, root_only=True), Stage(bowl, 8)]
    together = minimiser.run(given, stages)[-1]
    for row in range(3):
        alone = minimiser.run(given.single(row), stages)[-1]
        torch.testing.assert_close(together.x[row : row + 1], alone.x, rtol=1e-5, atol=1e-5)
        assert together.taken[row] == alone.taken[0]


@pytest.mark.parametrize("minimiser", MINIMISERS.values(), ids=MINIMISERS)
def test_a_stage_may_turn_the_root_alone(minimiser: Minimiser, body: Body) -> None:
    given = problems(body)
    end = minimiser.run(given, [Stage(bowl, 5, root_only=True)])[-1]
    assert torch.equal(end.x[:, 3:], given.x[:, 3:])
    assert not torch.isclose(end.x[:, :3], given.x[:, :3]).any()


def test_stages_follow_one_another(body: Body) -> None:
    given = problems(body)
    points = WolfeLBFGS().run(given, [Stage(bowl, 1), Stage(bowl, 100)])
    values = [given.value(Stage(bowl, 1), point.x) for point in points]
    assert all((after < before).all() for before, after in pairwise(values))
    assert all((a.taken < b.taken).all() for a, b in pairwise(points))


@pytest.mark.parametrize("hurt", [lambda v: v * torch.nan, lambda v: torch.full_like(v, torch.inf) + 0 * v])
def test_points_that_are_not_finite_are_not_moved_to(hurt: Callable[[Tensor], Tensor], body: Body) -> None:
    broken: Objective = lambda *given: hurt(bowl(*given))  # noqa: E731
    given = problems(body)
    end = WolfeLBFGS().run(given, [Stage(broken, 50)])[-1]
    torch.testing.assert_close(end.x, given.x)


def test_bodies_stay_bodies(body: Body) -> None:
    far: Objective = lambda x, *rest: -x[:, -10:].sum(1)  # noqa: E731
    for minimiser in MINIMISERS.values():
        assert minimiser.run(problems(body), [Stage(far, 300)])[-1].x[:, -10:].max() <= 5.0
