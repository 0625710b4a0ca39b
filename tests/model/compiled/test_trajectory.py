"""The two graphs in a row are the fit that they stand for, uncompiled and, where asked for, compiled."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.compiled.agreement import AGREED, largest_difference
from model.compiled.artifact import load, make
from model.compiled.graphs import LARGEST_BATCH, Begin, Step, can_be_compiled
from model.compiled.key import key_of
from model.compiled.trajectory import CompiledTrajectory
from model.fit import Fitter
from model.optimizer.lgd import LGDConfig
from model.recovery import Recovery, RecoveryConfig
from model.view import Observation, look_at_person
from tests.model.people import people_in_picture

BATCHES = (1, 3, 17)


def uncompiled(recovery: Recovery, body: Body) -> CompiledTrajectory:
    """The graphs in eager mode, with inputs as a compiled one reads them: in one piece."""
    begin, step = Begin(recovery, body), Step(recovery, body)

    def in_one_piece(given: list[Tensor]) -> list[Tensor]:
        return [value.as_strided(value.shape, torch.empty(value.shape).stride()) for value in given]

    return CompiledTrajectory(
        lambda given: begin(*in_one_piece(given)), lambda given: step(*in_one_piece(given))
    )


def seen(body: Body, count: int) -> Observation:
    people = people_in_picture(body, count)
    people.confidence[:, ::7] = 0.0
    return look_at_person(people.pixels, people.confidence, people.camera).observation


def some_known(count: int) -> Tensor:
    """Betas of which every third is known, other ones for each person."""
    betas = torch.linspace(-2.0, 2.0, count * 10).view(count, 10).clone()
    betas[:, ::3] = torch.nan
    return betas


def assert_alike(
    compiled: CompiledTrajectory, recovery: Recovery, body: Body, count: int, known: bool, steps: int
) -> None:
    observation, betas = seen(body, count), some_known(count) if known else None
    with torch.no_grad():
        ours_space, ours = recovery.trajectory(body, observation, steps, betas=betas)
        space, theirs = compiled(observation, steps, betas)
    torch.testing.assert_close(space.origin, ours_space.origin, atol=AGREED, rtol=0)
    assert len(theirs.points) == len(theirs.evaluations) == steps + 1
    for mine, other in zip(ours.points, theirs.points, strict=True):
        torch.testing.assert_close(other, mine, atol=AGREED, rtol=0)
    for mine, other in zip(ours.evaluations, theirs.evaluations, strict=True):
        torch.testing.assert_close(other.value, mine.value, atol=AGREED, rtol=0)
    if betas is not None:
        assert all(
            torch.equal(point[:, -10:][~betas.isnan()], betas[~betas.isnan()]) for point in theirs.points
        )


@pytest.mark.parametrize("known", [False, True], ids=["free", "betas known"])
@pytest.mark.parametrize("count", BATCHES)
def test_the_graphs_are_the_trajectory(body: Body, recovery: Recovery, count: int, known: bool) -> None:
    # More steps than the buffer has places.
    for steps in (0, 1, 5):
        assert_alike(uncompiled(recovery, body), recovery, body, count, known, steps)


def test_a_fit_is_the_same_with_them(body: Body, fitter: Fitter) -> None:
    people = people_in_picture(body, 4)
    given = (people.pixels, people.confidence, people.camera)
    eager = fitter.fit(*given)
    fitter.compiled = uncompiled(fitter.recovery, fitter.body)
    found = fitter.fit(*given)
    for name, value in vars(eager).items():
        if isinstance(value, Tensor):
            torch.testing.assert_close(vars(found)[name], value, atol=1e-3, rtol=1e-4)
    nobody = fitter.fit(people.pixels[:0], people.confidence[:0])
    assert nobody.betas.shape == (0, 10)


def test_what_the_graphs_cannot_take_is_left_to_the_eager_fit(body: Body) -> None:
    none, one = seen(body, 1), seen(body, 1)
    none = Observation(*(value[:0] for value in none))
    many = Observation(*(value.expand(LARGEST_BATCH + 1, *value.shape[1:]) for value in one))
    taken = [CompiledTrajectory.can_take(observation) for observation in (none, one, many)]
    assert taken == [False, True, False]


def test_only_lsr1_in_32_bits_is_compiled(recovery: Recovery) -> None:
    assert can_be_compiled(recovery)
    assert not can_be_compiled(recovery.double())
    assert not can_be_compiled(
        Recovery(RecoveryConfig(recovery.config.initializer, kind="lgd", lgd=LGDConfig()))
    )


def test_a_wrong_graph_is_noticed(body: Body, recovery: Recovery) -> None:
    assert largest_difference(uncompiled(recovery, body), recovery, body) < AGREED
    begin, step = Begin(recovery, body), Step(recovery, body)
    for wrong in (torch.nan, 1.01):
        other = CompiledTrajectory(
            lambda given: begin(*given),
            lambda given, wrong=wrong: [value * wrong for value in step(*given)],  # type: ignore[misc]
        )
        assert largest_difference(other, recovery, body) > AGREED


@pytest.mark.compiled
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_compiled_they_are_too(body: Body, recovery: Recovery, tmp_path: Path) -> None:
    key = key_of(recovery, "a", "b")
    make(recovery, body, key, tmp_path, print)
    compiled = load(key, tmp_path)
    assert compiled is not None
    for count in BATCHES:
        for known in (False, True):
            assert_alike(compiled, recovery, body, count, known, steps=5)
