"""Evaluation sets: the people taken, the side from which they are seen, and the source of joints."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError, Keypoints, Regressed, facing
from model.body.body import Body
from model.body.joints import JOINT_NAMES
from model.evaluate.metrics import FOURTEEN
from model.rotation import rotvec_to_matrix
from tests.model.benchmark.people import some_people
from tests.model.people import FACING_CAMERA, random_poses


def test_fewer_people_are_a_part_of_more_people(body: Body) -> None:
    people = some_people(body, 10)
    chosen = [people.some(most).tolist() for most in range(1, 11)]
    for most, (fewer, more) in enumerate(pairwise(chosen), 1):
        assert len(fewer) == most
        assert set(fewer) < set(more)
        assert fewer == sorted(fewer)
    assert chosen[-1] == people.some(99).tolist() == list(range(10))


def test_of_sequences_the_first_frames_of_some_are_taken(body: Body) -> None:
    people = some_people(body, 90)
    sequences = replace(people, group=torch.arange(90) // 45, frame=torch.arange(90) % 45)
    assert sequences.some(60).tolist() == [*range(30), *range(45, 75)]
    few = sequences.some(5).tolist()
    assert few in (list(range(5)), list(range(45, 50)))
    assert set(few) < set(sequences.some(30).tolist())


def test_taking_people_takes_all_that_belongs_to_them(body: Body) -> None:
    people, rows = some_people(body, 5), torch.tensor([3, 1])
    taken = people.take(rows)
    assert torch.equal(taken.pixels, people.pixels[rows])
    assert torch.equal(taken.camera.fx, people.camera.fx[rows])
    assert taken.group.tolist() == [3, 1]
    assert taken.mesh is not None
    assert people.mesh is not None
    assert torch.equal(taken.mesh(torch.tensor([1])), people.mesh(torch.tensor([1])))
    assert torch.equal(taken.take(torch.tensor([1])).truth, people.truth[1:2])


@pytest.mark.parametrize(("heading", "seen"), [(0.0, 0.0), (90.0, 90.0), (-45.0, -45.0), (179.0, 179.0)])
def test_the_side_from_which_a_person_is_seen(body: Body, heading: float, seen: float) -> None:
    turn = rotvec_to_matrix(torch.deg2rad(torch.tensor([[0.0, heading, 0.0]])))
    rotations = random_poses(1, 0, angle=0.0)
    rotations[:, 0] = FACING_CAMERA @ turn
    people = replace(some_people(body, 1), truth=SKELETON_FOURTEEN(body, rotations, torch.zeros(1, 10)))
    assert facing(people).item() == pytest.approx(seen, abs=2.0)


def test_people_showing_the_right_side_face_the_right_edge(body: Body) -> None:
    rotations = random_poses(1, 0, angle=0.0)
    rotations[:, 0] = FACING_CAMERA @ rotvec_to_matrix(torch.tensor([[0.0, torch.pi / 2, 0.0]]))
    joints = body.skeleton(rotations, torch.zeros(1, 10)).joints[0]
    near = {side: joints[JOINT_NAMES.index(f"{side}_shoulder"), 2] for side in ("left", "right")}
    assert near["right"] < near["left"]


def test_joints_by_name_by_keypoint_and_by_regressor(body: Body) -> None:
    rotations, betas = random_poses(2, 1), torch.randn(2, 10)
    skeleton = body.skeleton(rotations, betas)
    assert [JOINT_NAMES[joint] for joint in SKELETON_FOURTEEN.joints] == list(FOURTEEN)
    assert torch.equal(Keypoints((3, 1))(body, rotations, betas), skeleton.keypoints[:, [3, 1]])
    matrix = torch.zeros(2, body.arrays.n_vertices)
    matrix[0, 5], matrix[1, [7, 9]] = 1.0, 0.5
    vertices = body.vertices(rotations, betas)
    expected = torch.stack([vertices[:, 5], vertices[:, [7, 9]].mean(1)], 1)
    torch.testing.assert_close(Regressed(matrix)(body, rotations, betas), expected)


def test_a_regressor_of_another_mesh_is_refused(body: Body) -> None:
    with pytest.raises(DatasetError, match="is for 3 vertices"):
        Regressed(torch.zeros(17, 3))(body, random_poses(1, 0), torch.zeros(1, 10))
