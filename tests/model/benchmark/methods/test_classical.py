"""Several starts: the best end wins, whatever else is in the batch."""

import torch

from model.benchmark.methods.classical import Classical, headings
from model.benchmark.methods.method import Pace
from model.benchmark.methods.minimisers import BatchedAdam, Stage
from model.benchmark.methods.smplify import Reprojection
from model.body.body import Body
from model.fit.observation import Observation, look_at_person
from model.fit.pose_space import PoseSpace, start
from model.rotation import matrix_to_rotvec
from tests.model.people import FACING_CAMERA, people_in_picture, random_poses


def backwards(observation: Observation) -> tuple[torch.Tensor, PoseSpace]:
    """All people straight, seen from behind."""
    rotations = random_poses(len(observation.focal), 0, angle=0.0)
    rotations[:, 0] = FACING_CAMERA @ torch.diag(torch.tensor([-1.0, 1.0, -1.0]))
    return start(rotations, torch.zeros(len(observation.focal), 10))


def method(yaws: int) -> Classical:
    stages = [Stage(Reprojection(200.0), 30)]
    return Classical("adam", "", backwards, yaws, BatchedAdam(0.02), stages, 0, Pace.SLOW, True)


def observation(body: Body, count: int) -> Observation:
    people = people_in_picture(body, count)
    return look_at_person(people.pixels, torch.ones_like(people.confidence), people.camera).observation


def test_headings_go_around_the_upright_axis_and_change_nothing_else() -> None:
    rotations = random_poses(2, 3)
    turned = headings(rotations, 4)
    assert turned.shape == (2, 4, 24, 3, 3)
    torch.testing.assert_close(turned[:, 0], rotations)
    assert torch.equal(turned[:, 2, 1:], rotations[:, 1:])
    quarter = matrix_to_rotvec(rotations[:, 0].mT @ turned[:, 1, 0])
    torch.testing.assert_close(
        quarter, torch.tensor([0.0, torch.pi / 2, 0.0]).expand(2, 3), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(turned[:, :, 0, :, 1], rotations[:, None, 0, :, 1].expand(2, 4, 3))


def test_more_headings_never_end_higher(body: Body) -> None:
    seen, data = observation(body, 5), Reprojection(200.0)

    def value(yaws: int) -> torch.Tensor:
        end = method(yaws).fit(body, seen)[-1]
        return data(*start(end.rotations, end.betas), body, seen)

    one, four = value(1), value(4)
    assert (four <= one + 1e-3).all()
    assert (four < 0.5 * one).any()


def test_a_person_is_fitted_alike_alone_and_among_others(body: Body) -> None:
    seen = observation(body, 3)
    together = method(4).fit(body, seen)
    for row in range(3):
        alone = method(4).fit(body, Observation(*(value[row : row + 1] for value in seen)))
        assert len(alone) == len(together)
        torch.testing.assert_close(together[-1].rotations[row], alone[-1].rotations[0], rtol=0, atol=1e-3)
        torch.testing.assert_close(together[0].rotations[row], alone[0].rotations[0])


def test_every_iterate_is_returned(body: Body) -> None:
    path = method(2).fit(body, observation(body, 2))
    assert [float(iterate.taken[0]) for iterate in path] == list(range(31))
