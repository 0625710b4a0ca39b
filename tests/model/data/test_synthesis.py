"""Synthetic people: what is seen and what is true belong together."""

import math
from dataclasses import replace

import pytest
import torch

from model.body.body import Body
from model.data.augment import AugmentConfig
from model.data.keypoint_noise import DetectorConfig
from model.data.library import PoseLibrary
from model.data.synthesis import ASSUMED_ERROR, SynthesisConfig, draw_people, observe, photograph
from model.data.viewpoint import ViewConfig
from model.fit.mirror import mirror_rotations
from model.fit.objective import evaluate
from model.fit.pose_space import start
from tests.model.people import random_poses

EXACT = SynthesisConfig(
    augment=AugmentConfig(mirror=0.0, exchange=0.0, shake=0.0),
    view=ViewConfig(nearest=3.0, farthest=8.0),
    detector=DetectorConfig(perfect=1.0),
    unknown_camera=0.0,
    focal_error=0.0,
    definition=0.0,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def library() -> PoseLibrary:
    return PoseLibrary(random_poses(20, seed=0), torch.full((20,), 1 / 20))


def test_the_truth_explains_exact_detections(library: PoseLibrary, body: Body) -> None:
    observation, truth = draw_people(library, body, 30, EXACT, seeded())
    x, space = start(truth.rotations, truth.betas)
    assert evaluate(x, space, body, observation).value.max() < 1e-5
    torch.testing.assert_close(truth.joints, body.skeleton(truth.rotations, truth.betas).joints)


def test_body_poses_are_the_library_s_or_their_mirror_images(body: Body) -> None:
    poses, betas = random_poses(30, seed=1), torch.zeros(30, 10)
    observation, truth = observe(poses, betas, body, EXACT, seeded())
    kept = (truth.rotations[:, 1:] == poses[:, 1:]).flatten(1).all(1)
    mirrored = (truth.rotations[:, 1:] == mirror_rotations(poses)[:, 1:]).flatten(1).all(1)
    assert (kept ^ mirrored).all()
    assert 5 < kept.sum() < 25
    assert ((observation.keypoints[..., 0] * observation.confidence).sum(1) >= 0).all()
    assert torch.equal(truth.betas, betas)


def test_the_same_seed_gives_the_same_people(library: PoseLibrary, body: Body) -> None:
    config = SynthesisConfig()
    one, same, other = (draw_people(library, body, 8, config, seeded(s)) for s in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip((*one[0], *one[1]), (*same[0], *same[1]), strict=True))
    assert not torch.equal(one[0].keypoints, other[0].keypoints)


def test_wild_people_are_finite_boxes(library: PoseLibrary, body: Body) -> None:
    wild = SynthesisConfig(
        view=ViewConfig(pitch=90.0, roll=180.0, anyhow=0.5, nearest=0.6, farthest=100.0),
        detector=DetectorConfig(perfect=0.0, jitter=0.2, dropped=0.9, outliers=0.2, swapped=0.5),
        betas=2.0,
    )
    observation, truth = draw_people(library, body, 200, wild, seeded())
    assert all(value.isfinite().all() for value in (*observation, *truth))
    assert ((observation.confidence > 0).sum(1) >= 4).all()
    assert (observation.keypoints.abs() <= 1.01).all()


def test_the_shape_s_spread(library: PoseLibrary, body: Body) -> None:
    _, truth = draw_people(library, body, 2000, replace(EXACT, betas=0.7), seeded())
    assert truth.betas.std().item() == pytest.approx(0.7, rel=0.05)
    assert truth.betas.abs().max() <= 3 * 0.7 + 1e-6


def test_the_known_camera_is_a_little_wrong_and_the_unknown_one_assumed(body: Body) -> None:
    poses, betas = random_poses(1500, seed=2), torch.zeros(1500, 10)
    config = replace(EXACT, focal_error=0.05, unknown_camera=0.25)
    _, _, _, camera = photograph(poses, betas, body, config, seeded())
    known = (camera.cx == 0) & (camera.cy == 0)
    assert known.float().mean().item() == pytest.approx(0.75, abs=0.03)
    assert camera.fx[known].log().std().item() == pytest.approx(0.05, rel=0.1)
    assert torch.equal(camera.fx, camera.fy)


def test_turning_the_truth_back_gives_the_photographed_pose(body: Body) -> None:
    """But for its roll, the rotation into the virtual camera is small for a person near the axis."""
    poses, betas = random_poses(20, seed=3), torch.zeros(20, 10)
    _, _, rotations, _ = photograph(poses, betas, body, EXACT, seeded(4))
    _, truth = observe(poses, betas, body, EXACT, seeded(4))
    ways = [truth.rotations[:, 0] @ way[:, 0].mT for way in (rotations, mirror_rotations(rotations))]
    forward = torch.maximum(*(way[:, 2, 2] for way in ways))
    assert (forward > math.cos(0.2)).all()


def test_people_of_other_proportions_have_their_own_joints_and_the_picture_shows_them(
    library: PoseLibrary, body: Body
) -> None:
    observation, truth = draw_people(library, body, 30, replace(EXACT, proportions=0.05), seeded())
    own = body.skeleton(truth.rotations, truth.betas).joints
    assert (truth.joints - own).norm(dim=-1).amax(1).min() > 0.005
    x, space = start(truth.rotations, truth.betas)
    assert evaluate(x, space, body, observation).value.mean() > 1e-4


def test_people_at_the_lens_have_no_keypoints_behind_it(library: PoseLibrary, body: Body) -> None:
    near = replace(EXACT, view=ViewConfig(nearest=0.5, farthest=0.5, pitch=90.0))
    observation, truth = draw_people(library, body, 200, near, seeded())
    assert observation.keypoints.isfinite().all()
    assert truth.joints.isfinite().all()
    assert ((observation.confidence > 0).sum(1) < 25).any()
    assert ((observation.confidence > 0).sum(1) >= 6).all()


def test_an_assumed_focal_length_is_often_wrong(library: PoseLibrary, body: Body) -> None:
    known, assumed = (
        draw_people(library, body, 2000, replace(EXACT, assumed_focal=share), seeded())[0].focal.log()
        for share in (0.0, 1.0)
    )
    assert assumed.var() - known.var() == pytest.approx(ASSUMED_ERROR**2, rel=0.4)
