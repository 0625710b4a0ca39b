"""Many jobs as one batch: nobody's numbers depend on the company."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from model.weights import ServedModel
from service.engine.batching import merge, run_together, split
from service.engine.job import FitJob, FitOutcome
from service.engine.run import run_job
from service.exchange import job_of
from service.request.parse import read_request
from tests.service.people import CAMERA, IMAGE, crowd, keypoints, person

BETAS = [1.0, -1.0, 0, 0, 0, 0, 0, 0, 0, 0.5]


def job(*people: dict[str, Any], mesh: bool = False, **extras: Any) -> FitJob:
    value = {"people": list(people), **extras}
    return job_of(read_request(json.dumps(value).encode()), mesh=mesh)


def jobs() -> list[FitJob]:
    """Requests that have little in common but the number of steps."""
    people = crowd(9)
    return [
        job(*people[:3], camera=CAMERA, mesh=True),
        job(people[3], options={"betas": BETAS}),
        job(),
        job({}, person(np.zeros((25, 3))), mesh=True),
        job(people[4], image=IMAGE, mesh=True),
        job(person(np.tile([10.0, 10.0, 1.0], (25, 1))), *people[5:8], camera={"fov_deg": 60}, image=IMAGE),
        job(person(keypoints() * [1e4, 1e4, 1])),
    ]


def test_in_company_everybody_is_as_alone(served: ServedModel) -> None:
    together = run_together(lambda one: run_job(served.fitter, one), jobs())
    for one, among in zip(jobs(), together, strict=True):
        assert isinstance(among, FitOutcome)
        alone = run_job(served.fitter, one)
        assert among.statuses == alone.statuses
        assert among.messages == alone.messages
        assert set(among.vertices) == set(alone.vertices)
        for mask in ("left_out", "exchanged"):
            np.testing.assert_array_equal(getattr(among, mask), getattr(alone, mask))
        np.testing.assert_array_equal(among.used, alone.used)
        for i, mesh in alone.vertices.items():
            np.testing.assert_allclose(among.vertices[i], mesh, atol=1e-5)
        if one.people:
            for name, array in alone.arrays.items():
                scale = max(1.0, float(np.abs(array).max()))
                np.testing.assert_allclose(among.arrays[name] / scale, array / scale, atol=1e-5, err_msg=name)


def test_merging_keeps_order_and_splitting_undoes_it(served: ServedModel) -> None:
    people = crowd(5)
    parts = [job(*people[:2], mesh=True), job(), job(*people[2:])]
    whole = merge(parts)
    np.testing.assert_array_equal(whole.keypoints, job(*people).keypoints)
    assert whole.mesh.tolist() == [True] * 2 + [False] * 3
    outcomes = split(run_job(served.fitter, whole), [part.people for part in parts])
    assert [len(outcome.statuses) for outcome in outcomes] == [2, 0, 3]
    assert [set(outcome.vertices) for outcome in outcomes] == [{0, 1}, set(), set()]


def test_jobs_of_different_steps_are_not_merged() -> None:
    with pytest.raises(ValueError, match="too many values"):
        merge([job(), dataclasses.replace(job(), steps=7)])


@pytest.mark.parametrize("bad", range(5))
def test_a_job_that_breaks_is_found_in_few_runs(served: ServedModel, bad: int) -> None:
    marked = [job(entry) for entry in crowd(5)]
    marked[bad].betas[:] = 99
    runs = []

    def fragile(one: FitJob) -> FitOutcome:
        runs.append(one.people)
        if (one.betas == 99).any():
            raise MemoryError
        return run_job(served.fitter, one)

    results = run_together(fragile, marked)
    assert [isinstance(result, MemoryError) for result in results] == [i == bad for i in range(5)]
    assert len(runs) <= 7
