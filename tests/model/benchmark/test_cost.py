"""What a fit costs. No times are tested, but that they are taken of what they should be."""

import sys
from pathlib import Path

import pytest
import torch

from model.benchmark import cost
from model.benchmark.cost import measure_cost, median_seconds, peak_memory
from model.benchmark.methods.method import Iterate
from model.body.body import Body
from model.fit.observation import Observation
from tests.model.benchmark.people import Knowing
from tests.model.people import people_in_picture

MEBIBYTE = 2**20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux reports memory")
def test_memory_is_the_peak_of_a_job() -> None:
    def job() -> None:
        torch.ones(64 * MEBIBYTE // 4)

    found = peak_memory(job)
    if found is None:
        pytest.skip("this system doesn't report memory")
    assert 50 < found < 90
    assert (peak_memory(lambda: None) or 0.0) < 20


def test_without_linux_the_job_is_still_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cost, "_PROCESS", tmp_path / "none")
    done: list[int] = []
    assert peak_memory(lambda: done.append(1)) is None
    assert done == [1]


def test_times_are_medians_without_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.9, 1.0, 1.05, 2.0, 2.05, 3.0, 4.0])
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    assert median_seconds([lambda: None]) == pytest.approx(0.05)


class _Counting(Knowing):
    """Notes how many people come at a time."""

    sizes: list[int]

    def fit(self, body: Body, observation: Observation) -> list[Iterate]:
        self.sizes.append(len(observation.focal))
        return []


@pytest.mark.parametrize(("batched", "sizes"), [(True, {1, 5}), (False, {1})])
def test_people_come_alone_and_together(batched: bool, sizes: set[int], body: Body) -> None:
    method = _Counting(people_in_picture(body, 1), batched=batched)
    method.sizes = []
    seen = Observation(torch.zeros(5, 25, 2), torch.ones(5, 25), torch.ones(5), torch.zeros(5, 2))
    found = measure_cost(method, body, seen, seconds=0.0)
    assert set(method.sizes) == sizes
    assert (found.batched is None) == (not batched)
    assert found.alone >= 0
