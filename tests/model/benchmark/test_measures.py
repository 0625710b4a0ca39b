"""Errors of people and of sequences, against what can be worked out by hand."""

from dataclasses import replace

import pytest
import torch

from model.benchmark.measures import joint_errors, sequence_errors, vertex_errors
from model.body.body import Body
from model.rotation import rotvec_to_matrix
from tests.model.benchmark.people import dataset, some_people
from tests.model.people import people_in_picture


def test_the_truth_has_no_error_wherever_it_stands(body: Body) -> None:
    people = some_people(body)
    errors, by_joint = joint_errors(people, people.truth + torch.tensor([1.0, -2.0, 3.0]))
    for values in (*errors.values(), by_joint):
        torch.testing.assert_close(values, torch.zeros_like(values), atol=2e-3, rtol=0)


def test_a_turned_and_scaled_body_is_wrong_only_before_alignment(body: Body) -> None:
    people = some_people(body)
    turn = rotvec_to_matrix(torch.tensor([0.3, -0.8, 0.1]))
    errors, by_joint = joint_errors(people, 1.3 * people.truth @ turn.mT)
    assert (errors["mpjpe_mm"] > 100).all()
    torch.testing.assert_close(errors["pa_mpjpe_mm"], torch.zeros(4), atol=2e-3, rtol=0)
    assert by_joint.max() < 2e-3


def test_one_joint_off_counts_by_its_share(body: Body) -> None:
    people, found = some_people(body), some_people(body).truth.clone()
    found[:, people.joint_names.index("head"), 2] += 0.14
    errors, _ = joint_errors(people, found)
    torch.testing.assert_close(errors["mpjpe_mm"], torch.full((4,), 10.0), atol=1e-2, rtol=0)


def test_joints_without_truth_play_no_part(body: Body) -> None:
    people = some_people(body)
    truth, found = people.truth.clone(), people.truth.clone()
    truth[0, 0] = torch.nan
    found[0, 0] += 5.0
    errors, by_joint = joint_errors(replace(people, truth=truth), found)
    assert errors["mpjpe_mm"].max() < 1e-2
    assert by_joint.isnan().nonzero().tolist() == [[0, 0]]


def test_without_hips_the_root_is_unknown(body: Body) -> None:
    people, truth = some_people(body), some_people(body).truth.clone()
    truth[1, people.joint_names.index("left_hip")] = torch.nan
    errors, _ = joint_errors(replace(people, truth=truth), people.truth)
    assert errors["mpjpe_mm"].isnan().tolist() == [False, True, False, False]
    assert errors["pa_mpjpe_mm"].isfinite().all()


def test_meshes_are_compared_where_there_are_any(body: Body) -> None:
    seen = people_in_picture(body, 3)
    people = dataset(seen, body)
    right = vertex_errors(people, body, seen.rotations, seen.betas, people.truth, batch=2)
    assert right["pve_mm"].max() < 1e-2
    wrong = vertex_errors(people, body, seen.rotations, -seen.betas, people.truth, batch=2)
    assert (wrong["pve_mm"] > wrong["pa_pve_mm"]).all()
    assert wrong["pa_pve_mm"].min() > 0.1
    assert vertex_errors(replace(people, mesh=None), body, seen.rotations, seen.betas, people.truth) == {}
    other = replace(people, mesh=lambda some: torch.zeros(len(some), 5, 3))
    assert vertex_errors(other, body, seen.rotations, seen.betas, people.truth) == {}


def test_acceleration_and_jitter_of_known_motions(body: Body) -> None:
    one = some_people(body, 1).truth
    time = torch.arange(8.0)[:, None, None]
    # The head moves by the square and the cube of time, others stay.
    moved = torch.zeros_like(one)
    head = some_people(body, 1).joint_names.index("head")
    moved[:, head, 0] = 0.01
    still = replace(
        some_people(body, 8),
        truth=one.expand(8, -1, -1),
        frame=torch.arange(8),
        group=torch.zeros(8),
        fps=10.0,
    )
    parabola = sequence_errors(still, one + moved * time**2)
    assert parabola["acceleration_mm"] == pytest.approx([1000 * 0.02 / 14], rel=1e-3)
    assert parabola["jitter"] == pytest.approx([0.0], abs=1e-2)
    cubic = sequence_errors(still, one + moved * time**3)
    assert cubic["jitter"] == pytest.approx([0.06 / 14 * 10**3], rel=1e-3)
    assert cubic["true_jitter"] == pytest.approx([0.0], abs=1e-4)


def test_sequences_are_put_in_order_and_short_ones_left_out(body: Body) -> None:
    people = some_people(body, 10)
    sequences = replace(
        people, frame=torch.tensor([4, 3, 2, 1, 0, 5, 0, 1, 2, 3]), group=torch.arange(10) // 7, fps=1.0
    )
    order = torch.tensor([4, 3, 2, 1, 0, 5, 6, 7, 8, 9])
    sorted_sequences = replace(sequences.take(order), frame=torch.tensor([0, 1, 2, 3, 4, 5, 0, 1, 2, 3]))
    assert sequence_errors(sequences.take(torch.arange(7)), sequences.truth[:7])["jitter"]
    found = some_people(body, 10, seed=1).truth
    assert (
        sequence_errors(sequences, found)["jitter"][:1]
        == sequence_errors(sorted_sequences, found[order])["jitter"][:1]
    )
    assert sequence_errors(people, people.truth)["jitter"] == []
    assert sequence_errors(sequences.take(torch.arange(3)), sequences.truth[:3])["jitter"] == []
