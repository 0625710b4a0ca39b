"""Forward kinematics by level against one joint after the other."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.body.joints import NUM_JOINTS, PARENTS
from model.body.kinematics import KinematicTree, forward_kinematics
from model.rotation import rotvec_to_matrix

TREES = {
    "SMPL": PARENTS,
    "chain": (-1, *range(NUM_JOINTS - 1)),
    "star": (-1, *[0] * (NUM_JOINTS - 1)),
    "one joint": (-1,),
}


def pose(joints: int, seed: int, count: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    turns = torch.randn(count, joints, 3, generator=generator).double()
    return rotvec_to_matrix(turns), torch.randn(count, joints, 3, generator=generator).double()


def naive(rotations: Tensor, rest: Tensor, parents: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """One person, one joint at a time."""
    turns, places = [rotations[0]], [rest[0]]
    for joint, parent in enumerate(parents[1:], start=1):
        places.append(places[parent] + turns[parent] @ (rest[joint] - rest[parent]))
        turns.append(turns[parent] @ rotations[joint])
    return torch.stack(turns), torch.stack(places)


@pytest.mark.parametrize("parents", TREES.values(), ids=TREES)
def test_it_agrees_with_a_naive_loop(parents: tuple[int, ...]) -> None:
    rotations, rest = pose(len(parents), seed=0)
    turns, places = forward_kinematics(rotations, rest, KinematicTree.from_parents(parents))
    for person in range(len(rest)):
        expected_turns, expected_places = naive(rotations[person], rest[person], parents)
        torch.testing.assert_close(turns[person], expected_turns)
        torch.testing.assert_close(places[person], expected_places)


@given(st.data())
def test_it_agrees_on_any_tree(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 12))
    parents = (-1, *(data.draw(st.integers(0, joint - 1)) for joint in range(1, size)))
    rotations, rest = pose(size, seed=size, count=1)
    turns, places = forward_kinematics(rotations, rest, KinematicTree.from_parents(parents))
    expected_turns, expected_places = naive(rotations[0], rest[0], parents)
    torch.testing.assert_close(turns[0], expected_turns)
    torch.testing.assert_close(places[0], expected_places)


def test_at_rest_nothing_moves() -> None:
    _, rest = pose(NUM_JOINTS, seed=1)
    still = torch.eye(3).double().expand(3, NUM_JOINTS, 3, 3)
    turns, places = forward_kinematics(still, rest, KinematicTree.from_parents(PARENTS))
    torch.testing.assert_close(places, rest)
    torch.testing.assert_close(turns, still)


def test_bones_keep_their_length_and_the_root_its_place() -> None:
    rotations, rest = pose(NUM_JOINTS, seed=2)
    _, places = forward_kinematics(rotations, rest, KinematicTree.from_parents(PARENTS))
    parents = list(PARENTS[1:])
    length, rest_length = ((p[:, 1:] - p[:, parents]).norm(dim=-1) for p in (places, rest))
    torch.testing.assert_close(length, rest_length)
    assert torch.equal(places[:, 0], rest[:, 0])


def test_turning_the_root_turns_the_whole_about_it() -> None:
    rotations, rest = pose(NUM_JOINTS, seed=3)
    tree = KinematicTree.from_parents(PARENTS)
    turn = rotvec_to_matrix(torch.tensor([0.3, -1.0, 2.0]).double())
    turned = torch.cat([turn @ rotations[:, :1], rotations[:, 1:]], 1)
    before, after = forward_kinematics(rotations, rest, tree)[1], forward_kinematics(turned, rest, tree)[1]
    root = rest[:, :1]
    torch.testing.assert_close(after - root, (before - root) @ turn.mT)
