"""Bones of other lengths than the body's."""

import pytest
import torch

from model.body.body import Body
from model.body.joints import JOINT_NAMES, MIRRORED_JOINTS, PARENTS
from model.data.proportions import BONE_GROUPS, draw_scales
from tests.model.people import random_poses

COUNT = 500


def draw(spread: float, seed: int = 0) -> torch.Tensor:
    return draw_scales(COUNT, spread, torch.Generator().manual_seed(seed))


def test_every_bone_is_in_one_group() -> None:
    names = [name for group in BONE_GROUPS for name in group]
    assert sorted(names) == sorted({name.split("_")[-1] for name in JOINT_NAMES} - {"pelvis"})


def test_both_sides_of_a_person_are_alike_and_groups_are_not() -> None:
    scales = draw(0.05)
    assert torch.equal(scales[:, 1:], scales[:, list(MIRRORED_JOINTS)][:, 1:])
    apart = [JOINT_NAMES.index(name) for name in ("left_knee", "left_ankle", "left_elbow", "left_wrist")]
    assert torch.corrcoef(scales[:, apart].T).fill_diagonal_(0).abs().max() < 0.2


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.05])
def test_lengths_spread_as_asked(spread: float) -> None:
    logarithms = draw(spread)[:, 1:].log()
    torch.testing.assert_close(logarithms.std(0), torch.full((23,), spread), atol=0.006, rtol=0)
    assert logarithms.abs().max() <= 3 * spread + 1e-6


def test_a_skeleton_has_the_lengths_asked_for_in_any_pose(body: Body) -> None:
    scales = draw(0.1)[:8]
    rotations, betas = random_poses(8, seed=1), torch.randn(8, 10)
    own, other = (body.skeleton(rotations, betas, bones).joints for bones in (None, scales))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            before, after = ((j[:, joint] - j[:, parent]).norm(dim=1) for j in (own, other))
            torch.testing.assert_close(after, before * scales[:, joint], atol=1e-5, rtol=1e-4)


def test_landmarks_stay_at_their_joint(body: Body) -> None:
    rotations, betas = random_poses(8, seed=1), torch.zeros(8, 10)
    one = body.skeleton(rotations, betas, torch.ones(8, 24))
    torch.testing.assert_close(one.keypoints, body.skeleton(rotations, betas).keypoints, atol=1e-6, rtol=0)
    longer = torch.ones(8, 24)
    shank = JOINT_NAMES.index("left_ankle")
    longer[:, shank] = 1.2
    grown = body.skeleton(rotations, betas, longer)
    moved = (grown.joints - one.joints)[:, shank]
    keypoints = grown.keypoints - one.keypoints
    torch.testing.assert_close(keypoints[:, 21], moved, atol=0.03, rtol=0)  # the heel
    assert keypoints[:, 0].abs().max() < 1e-5  # the nose
