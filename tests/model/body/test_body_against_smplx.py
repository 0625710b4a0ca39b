"""Our kinematics, blend shapes and skinning agree with `smplx.SMPL` on the same arrays."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from model.body.arrays import BodyArrays
from model.body.body import Body
from model.body.file import load_body_arrays
from model.body.joints import PARENTS
from model.keypoints.names import KEYPOINT_NAMES
from tests.model.body.smpl_writer import N_VERTICES, smpl_arrays
from tests.model.body.smplx_peer import posed_by_smplx, random_poses, smpl_table, smplx_body
from tests.paths import OPEN_BODY

TOLERANCE = 1e-5
"""Metres; single precision over a chain of nine joints."""

# Where smplx appends skin keypoints after the 24 joints.
SMPLX_EXTRA = {
    "nose": 24,
    "right_eye": 25,
    "left_eye": 26,
    "right_ear": 27,
    "left_ear": 28,
    "left_big_toe": 29,
    "left_small_toe": 30,
    "left_heel": 31,
    "right_big_toe": 32,
    "right_small_toe": 33,
    "right_heel": 34,
}


@cache
def synthetic_arrays() -> BodyArrays:
    """A body of random arrays, pose blend shapes included."""
    table = smpl_arrays(seed=3)
    joints = np.argsort(-table["weights"], axis=1)[:, :4]
    return BodyArrays(
        name="synthetic",
        licence="none",
        v_template=table["v_template"].astype(np.float32),
        shapedirs=table["shapedirs"].astype(np.float32),
        faces=table["f"].astype(np.int32),
        parents=np.array(PARENTS),
        j_regressor=table["J_regressor"].astype(np.float32),
        skin_joints=joints,
        skin_weights=np.take_along_axis(table["weights"], joints, 1).astype(np.float32),
        posedirs=table["posedirs"].astype(np.float32),
    )


@pytest.fixture(params=["synthetic", "open"], scope="module")
def bodies(request: pytest.FixtureRequest) -> tuple[Body, Any]:
    """Our body, and smplx on its arrays."""
    if request.param == "open" and not OPEN_BODY.is_file():
        pytest.skip("the open body has not been built")
    arrays = synthetic_arrays() if request.param == "synthetic" else load_body_arrays(OPEN_BODY)
    return Body(arrays), smplx_body(smpl_table(arrays))


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_mesh_joints_and_keypoints_agree(bodies: tuple[Body, Any], batch: int, seed: int) -> None:
    body, peer = bodies
    pose, rotations, betas = random_poses(batch, seed)
    vertices, joints = posed_by_smplx(peer, pose, betas)
    skeleton = body.skeleton(rotations, betas)

    assert vertices.shape == (batch, N_VERTICES, 3)
    assert (body.vertices(rotations, betas) - vertices).abs().max() < TOLERANCE
    assert (skeleton.joints - joints[:, :24]).abs().max() < TOLERANCE
    for name, index in SMPLX_EXTRA.items():
        ours = skeleton.keypoints[:, KEYPOINT_NAMES.index(name)]
        assert (ours - joints[:, index]).abs().max() < TOLERANCE, name


def test_pose_blend_shapes_move_the_synthetic_mesh() -> None:
    """Without this the comparison could pass with pose blend shapes ignored on both sides."""
    _, rotations, betas = random_poses(1, 0)
    body = Body(synthetic_arrays())
    moved = body.vertices(rotations, betas)
    body.posedirs.zero_()
    assert (moved - body.vertices(rotations, betas)).abs().max() > 100 * TOLERANCE
    assert torch.isfinite(moved).all()
