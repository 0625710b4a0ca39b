"""Posing a body: the mesh and the few points that a fit uses are the same body, and its mirror image too."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from model.body.arrays import N_POSE_FEATURES, BodyError
from model.body.body import Body, PosedSkeleton
from model.body.joints import MIRRORED_JOINTS, mirrored
from model.body.kinematics import forward_kinematics
from model.body.landmarks import LANDMARK_VERTICES
from model.fit.mirror import mirror_rotations
from model.keypoints.names import KEYPOINT_NAMES
from tests.model.people import random_poses
from tests.stick_body import mirror_vertices, stick_body

_MIRROR = torch.tensor([-1.0, 1.0, 1.0])
BETAS = torch.randn(4, 10, generator=torch.Generator().manual_seed(0))


def with_pose_blend_shapes() -> Body:
    vertices = stick_body().n_vertices
    directions = np.random.default_rng(0).normal(0, 0.01, (vertices, 3, N_POSE_FEATURES))
    return Body(replace(stick_body(), posedirs=directions.astype(np.float32)))


@pytest.fixture(scope="module", params=["plain", "with pose blend shapes"])
def posed_body(request: pytest.FixtureRequest, body: Body) -> Body:
    return body if request.param == "plain" else with_pose_blend_shapes()


def test_keypoints_without_skinning_are_those_on_the_mesh(posed_body: Body) -> None:
    rotations = random_poses(4, seed=0)
    mesh, skeleton = posed_body.vertices(rotations, BETAS), posed_body.skeleton(rotations, BETAS)
    for name, vertex in LANDMARK_VERTICES.items():
        keypoint = skeleton.keypoints[:, KEYPOINT_NAMES.index(name)]
        torch.testing.assert_close(keypoint, mesh[:, vertex], atol=1e-5, rtol=0)


def test_poses_do_not_depend_on_the_batch(posed_body: Body) -> None:
    rotations = random_poses(4, seed=1)
    together = (posed_body.vertices(rotations, BETAS), *posed_body.skeleton(rotations, BETAS))
    for i in range(4):
        own = (rotations[i : i + 1], BETAS[i : i + 1])
        alone = (posed_body.vertices(*own), *posed_body.skeleton(*own))
        for one, all_of_them in zip(alone, together, strict=True):
            torch.testing.assert_close(one[0], all_of_them[i], atol=1e-6, rtol=0)


def test_at_rest_the_mesh_is_the_shaped_template(posed_body: Body) -> None:
    arrays = posed_body.arrays
    still = torch.eye(3).expand(4, 24, 3, 3)
    expected = arrays.v_template + np.einsum("vcs,bs->bvc", arrays.shapedirs, BETAS.numpy())
    torch.testing.assert_close(
        posed_body.vertices(still, BETAS), torch.from_numpy(expected).float(), atol=1e-5, rtol=0
    )
    joints = torch.from_numpy(arrays.j_regressor @ expected).float()
    torch.testing.assert_close(posed_body.skeleton(still, BETAS).joints, joints, atol=1e-5, rtol=0)


def test_each_vertex_moves_with_its_joints(body: Body) -> None:
    """Naive linear blend skinning, of a body whose vertices hang on two joints each."""
    arrays = body.arrays
    second = (arrays.skin_joints + 5) % 24
    two = replace(
        arrays,
        skin_joints=np.concatenate([arrays.skin_joints, second], 1),
        skin_weights=np.tile(np.array([0.75, 0.25], np.float32), (arrays.n_vertices, 1)),
    )
    rotations, still = random_poses(2, seed=5), torch.eye(3).expand(2, 24, 3, 3)
    mesh, rest = Body(two).vertices(rotations, BETAS[:2]), body.vertices(still, BETAS[:2])
    rest_joints = body.skeleton(still, BETAS[:2]).joints
    turns, joints = forward_kinematics(rotations, rest_joints, body.tree)
    for vertex in range(0, arrays.n_vertices, 97):
        expected = torch.zeros(2, 3)
        for joint, weight in zip(two.skin_joints[vertex], two.skin_weights[vertex], strict=True):
            from_joint = (rest[:, vertex] - rest_joints[:, joint])[..., None]
            expected += float(weight) * ((turns[:, joint] @ from_joint)[..., 0] + joints[:, joint])
        torch.testing.assert_close(mesh[:, vertex], expected, atol=1e-5, rtol=0)


def test_the_mirrored_pose_is_the_mirrored_body(body: Body) -> None:
    rotations = random_poses(4, seed=2)
    skeleton, image = body.skeleton(rotations, BETAS), body.skeleton(mirror_rotations(rotations), BETAS)
    joints, keypoints = reflect(skeleton)
    torch.testing.assert_close(image.joints, joints, atol=1e-5, rtol=0)
    torch.testing.assert_close(image.keypoints, keypoints, atol=1e-5, rtol=0)
    mesh = body.vertices(rotations, BETAS)[:, torch.from_numpy(mirror_vertices())] * _MIRROR
    torch.testing.assert_close(body.vertices(mirror_rotations(rotations), BETAS), mesh, atol=1e-5, rtol=0)


def reflect(skeleton: PosedSkeleton) -> tuple[Tensor, Tensor]:
    """Joints and keypoints of the mirror image, left for right."""
    keypoints = [KEYPOINT_NAMES.index(mirrored(name)) for name in KEYPOINT_NAMES]
    joints: Tensor = skeleton.joints[:, list(MIRRORED_JOINTS)] * _MIRROR
    return joints, skeleton.keypoints[:, keypoints] * _MIRROR


def test_64_bits_agree_with_32(body: Body, body64: Body) -> None:
    rotations = random_poses(4, seed=3)
    exact = body64.vertices(rotations.double(), BETAS.double())
    assert exact.dtype == torch.float64
    torch.testing.assert_close(body.vertices(rotations, BETAS).double(), exact, atol=1e-5, rtol=0)


def test_a_body_without_the_landmarks_vertices_is_refused() -> None:
    few = max(LANDMARK_VERTICES.values())
    whole = stick_body()
    regressor = whole.j_regressor[:, :few]
    small = replace(
        whole,
        v_template=whole.v_template[:few],
        shapedirs=whole.shapedirs[:few],
        faces=np.arange(3, dtype=np.int32)[None],
        j_regressor=regressor / regressor.sum(1, keepdims=True),
        skin_joints=whole.skin_joints[:few],
        skin_weights=whole.skin_weights[:few],
    )
    with pytest.raises(BodyError, match=f"'stick' has {few} vertices"):
        Body(small)


def test_nothing_of_a_body_is_saved_with_weights(posed_body: Body) -> None:
    assert not posed_body.state_dict()
    assert not list(posed_body.parameters())
