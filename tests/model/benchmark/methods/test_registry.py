"""The registry of methods, each of which fits people."""

import pytest
import torch

from model.benchmark.dataset import DatasetError
from model.benchmark.methods.method import Learned
from model.benchmark.methods.registry import QUICK, Effort, all_methods, chosen, size_of
from model.body.body import Body
from model.fit.network import Recovery
from model.fit.observation import look_at_person
from tests.model.people import people_in_picture, tiny_recovery
from tests.model.prior.priors import small_prior

NAMES = [method.name for method in all_methods(tiny_recovery(), small_prior(), None, QUICK)]


def test_names_are_each_there_once_and_full_effort_has_the_paper_s_steps(recovery: Recovery) -> None:
    assert len(NAMES) == len(set(NAMES))
    full = [method.name for method in all_methods(recovery, small_prior(), recovery, Effort())]
    assert {"lsr1-4", "lsr1-8", "lsr1-13", "lgd-4", "mean-pose", "initializer"} <= set(full)
    classical = {"smplify-lbfgs", "smplify-adam", "lbfgs", "adam"}
    assert classical | {f"{name}-initializer" for name in classical} <= set(full)


@pytest.mark.parametrize("name", NAMES)
def test_every_method_gives_rotations(name: str, body: Body, recovery: Recovery) -> None:
    people = people_in_picture(body, 1)
    seen = look_at_person(people.pixels, people.confidence, people.camera).observation
    (method,) = chosen(all_methods(recovery, small_prior(), None, QUICK), [name])
    with torch.no_grad():
        path = method.fit(body, seen)
    for iterate in (path[0], path[-1]):
        assert iterate.rotations.dtype == torch.float32
        identity = iterate.rotations @ iterate.rotations.mT
        torch.testing.assert_close(identity, torch.eye(3).expand(1, 24, 3, 3), atol=1e-4, rtol=0)
        assert iterate.betas.shape == (1, 10)
    assert (path[-1].taken >= path[0].taken).all()


def test_the_learned_methods_are_the_recovery(body: Body, recovery: Recovery) -> None:
    people = people_in_picture(body, 3)
    seen = look_at_person(people.pixels, people.confidence, people.camera).observation
    with torch.no_grad():
        path = Learned("", "", recovery, 2).fit(body, seen)
        space, trajectory = recovery.trajectory(body, seen, 2)
    assert torch.equal(path[-1].rotations, space.decode(trajectory.points[-1])[0])
    assert path[-1].taken.tolist() == [2.0] * 3


def test_parameters_are_those_that_run(recovery: Recovery) -> None:
    every = sum(parameter.numel() for parameter in recovery.parameters())
    steps, none = (Learned("", "", recovery, k).parameters for k in (1, 0))
    assert steps == every
    unused = sum(
        p.numel() for p in [*recovery.optimizer.parameters(), *recovery.initializer.context.parameters()]
    )
    assert none == every - unused - recovery.coordinates.numel()
    assert size_of(small_prior()) == 3 * (1 + 65 + 65 * 66 // 2) + 21 * 9


def test_unknown_names_are_errors(recovery: Recovery) -> None:
    methods = all_methods(recovery, small_prior(), None, QUICK)
    assert chosen(methods, []) == methods
    with pytest.raises(DatasetError, match="Unknown method lsr2, bfgs; the methods are mean-pose"):
        chosen(methods, ["adam", "lsr2", "bfgs"])
