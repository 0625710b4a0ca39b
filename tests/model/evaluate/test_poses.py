"""The motion-capture protocol: seeded, independent of batches, and zero for true bodies."""

from dataclasses import asdict

import pytest
import torch

from model.body.body import Body
from model.body.joints import JOINT_NAMES
from model.data.library import PoseLibrary
from model.data.synthesis import observe
from model.evaluate import poses
from model.evaluate.metrics import EVALUATED
from model.evaluate.poses import PROTOCOLS, evaluate_people, evaluate_poses, mean_distance, true_errors_2d
from model.fit.network import Recovery
from tests.model.evaluate.oracle import Oracle
from tests.model.people import random_poses

COUNT = 12


@pytest.fixture(scope="module")
def library() -> PoseLibrary:
    return PoseLibrary(random_poses(COUNT, seed=0), torch.full((COUNT,), 1 / COUNT))


def test_the_same_seed_gives_the_same_errors(recovery: Recovery, body: Body, library: PoseLibrary) -> None:
    one, same, other = (evaluate_poses(recovery, body, library, 2, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one["clean"].pa_mpjpe_mm != other["clean"].pa_mpjpe_mm
    torch.manual_seed(99)
    assert evaluate_poses(recovery, body, library, 2, seed=1) == one


def test_every_iterate_has_an_error_under_every_protocol(
    recovery: Recovery, body: Body, library: PoseLibrary
) -> None:
    reported: list[str] = []
    results = evaluate_poses(recovery, body, library, 3, progress=reported.append)
    assert set(results) == set(PROTOCOLS) == {"clean", "noisy"}
    assert len(reported) == 2
    for errors in results.values():
        assert [len(values) for values in asdict(errors).values()] == [4, 4, 4]
        assert all(0 < value < 1e4 for values in asdict(errors).values() for value in values)


def test_true_bodies_have_no_error(body: Body, library: PoseLibrary) -> None:
    generator = torch.Generator().manual_seed(0)
    betas = torch.randn(COUNT, 10, generator=generator)
    observation, truth = observe(library.rotations, betas, body, PROTOCOLS["clean"], generator)
    errors = evaluate_people(Oracle(truth.rotations, truth.betas), body, observation, truth, 2)
    assert max(errors.pa_mpjpe_mm + errors.mpjpe_mm) < 0.02
    assert max(errors.error_2d) < 0.02


def test_the_true_bodies_are_as_far_off_as_the_noise(body: Body, library: PoseLibrary) -> None:
    errors = true_errors_2d(body, library)
    assert set(errors) == set(PROTOCOLS)
    assert errors["clean"] < 0.01
    # The mean length of a two-dimensional error is 1.25 standard deviations, here 1 and 2 percent of the box.
    assert 1.1 < errors["noisy"] < 2.0


def test_clean_people_are_seen_exactly_and_noisy_ones_are_not(body: Body, library: PoseLibrary) -> None:
    confidences = {}
    for name, config in PROTOCOLS.items():
        generator = torch.Generator().manual_seed(0)
        observation, _ = observe(library.rotations, torch.zeros(COUNT, 10), body, config, generator)
        confidences[name] = observation.confidence
    assert (confidences["clean"] == 1).all()
    assert (confidences["noisy"] == 0).any()
    assert (confidences["noisy"] < 1).float().mean() > 0.9


@pytest.mark.parametrize("batch", [1, 5])
def test_the_size_of_batches_does_not_matter(
    recovery: Recovery, body: Body, library: PoseLibrary, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    whole = evaluate_poses(recovery, body, library, 0)
    monkeypatch.setattr(poses, "_BATCH", batch)
    for name, errors in evaluate_poses(recovery, body, library, 0).items():
        for values, expected in zip(asdict(errors).values(), asdict(whole[name]).values(), strict=True):
            assert values == pytest.approx(expected, rel=1e-4)


def test_fourteen_joints_are_scored() -> None:
    names = [JOINT_NAMES[joint] for joint in EVALUATED]
    assert len(set(names)) == 14
    parts = {name.split("_")[-1] for name in names}
    assert parts == {"shoulder", "elbow", "wrist", "hip", "knee", "ankle", "neck", "head"}


def test_the_2d_error_is_weighted_by_confidence() -> None:
    residual = torch.tensor([[[3.0, 4.0], [0.0, 1.0]]])
    assert mean_distance(residual, torch.tensor([[1.0, 1.0]])).tolist() == [3.0]
    assert mean_distance(residual, torch.tensor([[0.0, 0.5]])).tolist() == [1.0]
