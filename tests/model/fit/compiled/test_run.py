"""The graphs in a row are the fit that they stand for, uncompiled and, where asked for, compiled."""

import shutil
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.fit.compiled.aoti import Run
from model.fit.compiled.artifact import load, make
from model.fit.compiled.build import compile_graphs
from model.fit.compiled.graphs import GRAPHS, LARGEST_BATCH, MOST_POINTS, can_be_compiled, fields_of
from model.fit.compiled.key import key_of
from model.fit.compiled.pure import Parts, Pure
from model.fit.compiled.run import CompiledFit, Runs
from model.fit.compiled.verify import AGREED, largest_difference
from model.fit.fitter import Fitter
from model.fit.network import Recovery, RecoveryConfig
from model.fit.result import FitResult
from model.optimizer.lgd import LGDConfig
from model.status import PersonStatus
from tests.model.people import People, people_in_picture, tiny_recovery

BATCHES = (1, 3, 17)


def uncompiled(recovery: Recovery, body: Body, name: str) -> Run:
    """A graph in eager mode, with arguments as a compiled one reads them: numbers first, in one piece."""
    parts = Parts(recovery, body, GRAPHS[name])
    graph, numbers = Pure(parts), list(parts.numbers().values())

    def run(given: list[Tensor]) -> tuple[Tensor, ...]:
        assert all(value.is_contiguous() for value in (*numbers, *given))
        answer: tuple[Tensor, ...] = graph(*numbers, *given)
        return answer

    return run


def all_uncompiled(recovery: Recovery, body: Body, threads: int = 1) -> CompiledFit:
    return CompiledFit(Runs(*(uncompiled(recovery, body, name) for name in Runs._fields)), threads)


def seen(body: Body, count: int) -> People:
    """People of whom some keypoints are missing; the second, where there is one, can't be fitted."""
    people = people_in_picture(body, count)
    people.confidence[:, ::7] = 0.0
    people.confidence[1:2, 3:] = 0.0
    return people


def some_known(count: int) -> Tensor:
    """Betas of which every third is known, other ones for each person."""
    betas = torch.linspace(-2.0, 2.0, count * 10).view(count, 10).clone()
    betas[:, ::3] = torch.nan
    return betas


def assert_alike(one: FitResult, other: FitResult) -> None:
    assert one.status == other.status
    for mine, theirs in zip(fields_of(one), fields_of(other), strict=True):
        torch.testing.assert_close(mine, theirs, atol=AGREED, rtol=AGREED)


def assert_same_fits(compiled: CompiledFit, fitter: Fitter, count: int, known: bool) -> None:
    people, betas = seen(fitter.body, count), some_known(count) if known else None
    # More steps than the buffer has places.
    for steps in (0, 1, 5):
        given = (people.pixels, people.confidence, people.camera)
        result = compiled(*given, steps=steps, betas=betas)
        assert_alike(result, fitter.fit(*given, steps=steps, betas=betas))
        assert result.objective.shape == (count, steps + 1)


@pytest.mark.parametrize("known", [False, True], ids=["free", "betas known"])
@pytest.mark.parametrize("count", BATCHES)
def test_the_graphs_are_the_fit(fitter: Fitter, count: int, known: bool) -> None:
    assert_same_fits(all_uncompiled(fitter.recovery, fitter.body), fitter, count, known)


def test_a_fitter_uses_them(body: Body) -> None:
    fitter, people = Fitter(tiny_recovery(), body), seen(body, 4)
    without = fitter.fit(people.pixels, people.confidence)
    assert without.status[1] is PersonStatus.TOO_FEW_KEYPOINTS
    # Of other weights, so that it is seen which of both has answered.
    compiled = fitter.with_backend(all_uncompiled(tiny_recovery(seed=1), body))
    with_them = compiled.fit(people.pixels, people.confidence)
    assert_alike(with_them, Fitter(tiny_recovery(seed=1), body).fit(people.pixels, people.confidence))
    assert not torch.allclose(with_them.pose, without.pose)
    assert_alike(fitter.fit(people.pixels, people.confidence), without)
    assert compiled.fit(people.pixels[:0], people.confidence[:0]).betas.shape == (0, 10)


def test_shares_of_a_batch_by_threads(body: Body, recovery: Recovery, fitter: Fitter) -> None:
    people = seen(body, 37)
    given = (people.pixels, people.confidence, people.camera)
    assert_alike(all_uncompiled(recovery, body, threads=3)(*given, steps=2), fitter.fit(*given, steps=2))


def test_what_the_graphs_cannot_take_is_left_to_the_eager_fit() -> None:
    asked = [(0, 4), (1, 4), (LARGEST_BATCH, 0), (LARGEST_BATCH + 1, 4), (1, MOST_POINTS)]
    assert [CompiledFit.can_take(*one) for one in asked] == [False, True, True, False, False]


def test_only_lsr1_in_32_bits_is_compiled(recovery: Recovery) -> None:
    assert can_be_compiled(recovery)
    assert not can_be_compiled(recovery.double())
    assert not can_be_compiled(
        Recovery(RecoveryConfig(recovery.config.initializer, kind="lgd", lgd=LGDConfig()))
    )


@pytest.mark.parametrize("name", Runs._fields)
@pytest.mark.parametrize("wrong", [torch.nan, 1.01])
def test_a_wrong_graph_is_noticed(fitter: Fitter, name: str, wrong: float) -> None:
    runs = Runs(*(uncompiled(fitter.recovery, fitter.body, each) for each in Runs._fields))
    assert largest_difference(CompiledFit(runs), fitter) < AGREED
    right: Run = getattr(runs, name)

    def other(given: list[Tensor]) -> list[Tensor]:
        return [value * wrong if value.is_floating_point() else value for value in right(given)]

    assert largest_difference(CompiledFit(runs._replace(**{name: other})), fitter) > AGREED


@pytest.mark.compiled
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_compiled_they_are_too(body: Body, recovery: Recovery, tmp_path: Path) -> None:
    key = key_of(recovery, body)
    make(partial(compile_graphs, recovery, body, report=print), key, tmp_path)
    # Weights that were not there when it was compiled.
    fitter = Fitter(tiny_recovery(seed=1), body)
    for threads in (1, 2):
        runs = load(fitter.recovery, body, key, tmp_path, threads)
        assert runs is not None
        compiled = CompiledFit(Runs(**runs), threads)
        for count in BATCHES:
            for known in (False, True):
                assert_same_fits(compiled, fitter, count, known)
