"""A batch of people through the fitter."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from model.fit.fitter import Fitter
from model.fit.result import FitResult
from model.rotation import rotvec_to_matrix
from model.status import PersonStatus
from model.weights import ServedModel
from service.engine.job import FitOutcome
from service.engine.run import run_job
from service.exchange import job_of
from service.request.parse import read_request
from tests.service.people import CAMERA, crowd, document, keypoints, person


def run(fitter: Fitter, mesh: bool = False, **extras: Any) -> FitOutcome:
    people = extras.pop("people", crowd(3))
    request = read_request(json.dumps(document(*people, **extras)).encode())
    return run_job(fitter, job_of(request, mesh=mesh))


def test_everybody_gets_a_row(served: ServedModel) -> None:
    outcome = run(served.fitter, mesh=True, camera=CAMERA)
    assert outcome.statuses == [PersonStatus.OK] * 3
    assert set(outcome.vertices) == {0, 1, 2}
    assert all(len(array) == 3 and np.isfinite(array).all() for array in outcome.arrays.values())
    assert (outcome.residual_ratio > 0).all()


def test_the_farthest_keypoint_is_one_that_was_seen(served: ServedModel) -> None:
    people = [keypoints(jitter=4, seed=seed) for seed in range(3)]
    people[1][5] = 0
    outcome = run(served.fitter, people=[*map(person, people), {}], camera=CAMERA)
    for points, body, ratio in zip(
        people, outcome.arrays["keypoints2d"], outcome.farthest_ratio, strict=False
    ):
        seen = points[:, 2] > 0
        distance = np.hypot(*(body[:25] - points[:, :2])[seen].T)
        np.testing.assert_allclose(ratio, distance.max() / np.ptp(points[seen, :2], axis=0).max(), rtol=1e-5)
    assert outcome.farthest_ratio[3] == 0


def test_a_job_without_people_has_an_empty_outcome(served: ServedModel) -> None:
    request = read_request(b'{"people": []}')
    outcome = run_job(served.fitter, job_of(request, mesh=True))
    filled = run(served.fitter)
    assert outcome.statuses == []
    shapes = {name: array.shape[1:] for name, array in outcome.arrays.items()}
    assert shapes == {name: array.shape[1:] for name, array in filled.arrays.items()}


def test_meshes_are_made_of_those_who_are_fitted_if_wanted(served: ServedModel) -> None:
    people = [person(), {}, person()]
    assert set(run(served.fitter, mesh=True, people=people).vertices) == {0, 2}
    assert run(served.fitter, people=people).vertices == {}


def test_translation_is_added_to_the_mesh_as_smplx_does(served: ServedModel) -> None:
    outcome = run(served.fitter, mesh=True, camera=CAMERA)
    pose = torch.from_numpy(outcome.arrays["pose"])
    betas = torch.from_numpy(outcome.arrays["betas"])
    at_origin = served.fitter.body.vertices(rotvec_to_matrix(pose), betas).numpy()
    for i, mesh in outcome.vertices.items():
        np.testing.assert_allclose(mesh - outcome.arrays["transl"][i], at_origin[i], atol=1e-4)


def test_known_betas_are_kept(served: ServedModel) -> None:
    betas = [0.5, -1, 0, 0, 0, 0, 0, 0, 0, 2]
    outcome = run(served.fitter, options={"betas": betas})
    np.testing.assert_allclose(outcome.arrays["betas"], [betas] * 3)


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_the_objective_is_told_of_every_step(served: ServedModel, steps: int) -> None:
    outcome = run(served.fitter, options={"steps": steps})
    objective, best = outcome.arrays["objective"], outcome.arrays["best_step"]
    assert objective.shape == (3, steps + 1)
    assert (objective[np.arange(3), best] <= objective.min(1) + 1e-7).all()


class BrokenFitter(Fitter):
    """One whose second person comes out as nonsense."""

    def fit(self, *args: Any, **kwargs: Any) -> FitResult:
        result = super().fit(*args, **kwargs)
        result.joints3d[1, 3] = torch.nan
        return result

    def vertices(self, result: FitResult, people: list[int]) -> torch.Tensor:
        assert 1 not in people
        mesh = super().vertices(result, people)
        mesh[people.index(2)] = torch.inf
        return mesh


def test_what_is_not_finite_never_counts_as_ok(served: ServedModel) -> None:
    broken = BrokenFitter(served.fitter.recovery, served.fitter.body)
    outcome = run(broken, mesh=True)
    assert outcome.statuses == [PersonStatus.OK, PersonStatus.NOT_FINITE, PersonStatus.NOT_FINITE]
