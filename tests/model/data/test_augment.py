"""Augmentation: new poses from given ones."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES
from model.data.augment import AugmentConfig, augment, stand_straight
from model.fit.mirror import mirror_rotations
from model.rotation import matrix_to_rotvec
from tests.model.people import random_poses

NOTHING = AugmentConfig(mirror=0.0, exchange=0.0, exchange_arm=0.0, shake=0.0)
LEGS = [i for i, name in enumerate(JOINT_NAMES) if name.split("_")[-1] in ("hip", "knee", "ankle", "foot")]
LEFT_ARM = [JOINT_NAMES.index(f"left_{joint}") for joint in ("collar", "shoulder", "elbow", "wrist", "hand")]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_nothing_asked_is_nothing_done() -> None:
    poses = random_poses(8, seed=2)
    assert torch.equal(augment(poses, NOTHING, seeded()), poses)


def test_all_mirrored() -> None:
    poses = random_poses(8, seed=2)
    assert torch.equal(augment(poses, replace(NOTHING, mirror=1.0), seeded()), mirror_rotations(poses))


def same(a: Tensor, b: Tensor) -> Tensor:
    """Which rows of a (B, ...) are which of b (C, ...), as (B, C)."""
    return (a.flatten(1)[:, None] == b.flatten(1)[None]).all(-1)


@pytest.mark.parametrize(("field", "limb"), [("exchange", LEGS), ("exchange_arm", LEFT_ARM)])
def test_exchanged_limbs_are_limbs_of_given_poses(field: str, limb: list[int]) -> None:
    poses = random_poses(30, seed=3)
    made = augment(poses, AugmentConfig(**{**vars(NOTHING), field: 1.0}), seeded())
    untouched = [
        i for i, name in enumerate(JOINT_NAMES) if name.startswith(("spine", "neck", "head", "pelvis"))
    ]
    assert torch.equal(made[:, untouched], poses[:, untouched])
    whose = same(made[:, limb], poses[:, limb])
    assert (whose.sum(1) == 1).all()
    assert (whose.sum(0) == 1).all()
    assert not whose.diagonal().all()


def test_shaking_turns_every_joint_but_the_hands_a_little() -> None:
    poses = random_poses(2000, seed=4)
    made = augment(poses, replace(NOTHING, shake=1.0, shake_angle=0.05), seeded())
    turns = matrix_to_rotvec(made @ poses.mT)
    hands = [JOINT_NAMES.index("left_hand"), JOINT_NAMES.index("right_hand")]
    assert torch.equal(made[:, hands], poses[:, hands])
    moved = turns[:, [i for i in range(24) if i not in hands]]
    torch.testing.assert_close(moved.std((0, 2)), torch.full((22,), 0.05), atol=0.003, rtol=0)


@pytest.mark.parametrize(("field", "share"), [("mirror", 0.3), ("exchange", 0.6), ("shake", 0.2)])
def test_shares_are_of_people(field: str, share: float) -> None:
    poses = random_poses(3000, seed=5)
    made = augment(poses, AugmentConfig(**{**vars(NOTHING), field: share}), seeded())
    changed = (made != poses).flatten(1).any(1).float().mean()
    assert changed.item() == pytest.approx(share, abs=0.03)


def test_the_same_seed_gives_the_same_and_rotations_stay_rotations() -> None:
    poses, config = random_poses(50, seed=6), AugmentConfig()
    before = poses.clone()
    made = augment(poses, config, seeded(7))
    assert torch.equal(made, augment(poses, config, seeded(7)))
    assert not torch.equal(made, augment(poses, config, seeded(8)))
    assert torch.equal(poses, before)
    torch.testing.assert_close(made.mT @ made, torch.eye(3).expand_as(made), atol=1e-5, rtol=0)
    assert (torch.linalg.det(made) > 0).all()


def test_straight_stance_is_upright_on_straight_legs_and_keeps_heading_and_trunk() -> None:
    poses = random_poses(500, seed=5)
    made = stand_straight(poses, seeded())
    knees = matrix_to_rotvec(made[:, [JOINT_NAMES.index("left_knee"), JOINT_NAMES.index("right_knee")]])
    assert knees[..., 0].min() >= 0
    assert knees.norm(dim=-1).mean() < math.radians(6)
    upright = made[:, 0, 1, 1]
    assert upright.min() > math.cos(0.3)
    ahead, before = (p[:, 0, [0, 2], 2] for p in (made, poses))
    assert torch.nn.functional.cosine_similarity(ahead, before).median() > 0.99
    kept = [i for i in range(1, len(JOINT_NAMES)) if i not in LEGS]
    assert torch.equal(made[:, kept], poses[:, kept])
