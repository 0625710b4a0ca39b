"""The initializer: rotations from whatever it sees, and a sensible body before any training."""

import torch

from model.body.joints import NUM_BETAS
from model.fit.initializer import (
    FARTHEST_FOCAL,
    NEAREST_FOCAL,
    NUM_FEATURES,
    NUM_PREDICTED,
    Initializer,
    InitializerConfig,
    features,
)
from model.fit.network import Recovery
from model.fit.observation import Observation
from model.fit.pose_space import NUM_FREE_JOINTS, NUM_VARIABLES
from tests.model.people import FACING_CAMERA


def observation(count: int = 5, seed: int = 0) -> Observation:
    generator = torch.Generator().manual_seed(seed)
    confidence = torch.rand(count, 25, generator=generator).round(decimals=1)
    keypoints = torch.rand(count, 25, 2, generator=generator) - 0.5
    keypoints = keypoints.masked_fill((confidence == 0)[..., None], 0.0)
    up = torch.nn.functional.normalize(torch.randn(count, 2, generator=generator), dim=1)
    return Observation(keypoints, confidence, 2 + torch.rand(count, generator=generator), up)


def test_it_gives_rotations_betas_and_a_context_for_every_variable(recovery: Recovery) -> None:
    guess = recovery.initializer(observation())
    eye = torch.eye(3).expand(5, 24, 3, 3)
    torch.testing.assert_close(guess.rotations.mT @ guess.rotations, eye, atol=1e-5, rtol=0)
    assert (torch.linalg.det(guess.rotations) > 0).all()
    assert guess.betas.shape == (5, NUM_BETAS)
    assert guess.context.shape == (5, NUM_VARIABLES, recovery.config.initializer.context)
    assert (guess.rotations[:, NUM_PREDICTED:] == torch.eye(3)).all()
    assert NUM_FREE_JOINTS <= NUM_PREDICTED


def test_a_fresh_one_says_upright_facing_the_camera_at_rest_and_average() -> None:
    torch.manual_seed(0)
    guess = Initializer(InitializerConfig(width=256, blocks=1, context=2))(observation())
    rest = torch.eye(3).repeat(5, 24, 1, 1)
    rest[:, 0] = FACING_CAMERA
    assert (guess.rotations - rest).abs().max() < 0.4
    assert guess.betas.abs().max() < 0.4


def test_guesses_do_not_depend_on_the_batch(recovery: Recovery) -> None:
    together = recovery.initializer(observation())
    for i in range(5):
        alone = recovery.initializer(Observation(*(value[i : i + 1] for value in observation())))
        for one, all_of_them in zip(alone, together, strict=True):
            torch.testing.assert_close(one[0], all_of_them[i], atol=1e-5, rtol=1e-5)


def test_features_are_finite_of_the_order_of_one_and_tell_missing_from_centred() -> None:
    seen = observation(1)
    confidence = torch.ones(1, 25)
    missing = confidence.clone()
    missing[0, 3] = 0.0
    keypoints = seen.keypoints.clone()
    keypoints[0, 3] = 0.0
    centred = features(Observation(keypoints, confidence, seen.focal, seen.up))
    gone = features(Observation(keypoints, missing, seen.focal, seen.up))
    assert centred.shape == (1, NUM_FEATURES)
    assert centred.abs().max() < 3
    assert not torch.equal(centred, gone)


def test_bfloat16_changes_little_and_leaves_32_bits(recovery: Recovery) -> None:
    exact = recovery.initializer(observation())
    recovery.use_bf16(True)
    rough = recovery.initializer(observation())
    assert rough.rotations.dtype == rough.betas.dtype == torch.float32
    assert not torch.equal(rough.betas, exact.betas)
    assert (rough.rotations - exact.rotations).abs().max() < 0.05


def test_beyond_where_perspective_shows_the_focal_length_changes_nothing() -> None:
    seen = observation(3)
    near, far, farther = (
        seen._replace(focal=torch.full((3,), focal)) for focal in (4.0, FARTHEST_FOCAL, 900.0)
    )
    assert torch.equal(features(far), features(farther))
    assert not torch.equal(features(near), features(far))
    face, nose = (seen._replace(focal=torch.full((3,), focal)) for focal in (NEAREST_FOCAL, 0.01))
    assert torch.equal(features(face), features(nose))
