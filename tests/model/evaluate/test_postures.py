"""Postures, and a camera that goes round them."""

import pytest
import torch

from model.body.body import Body
from model.evaluate.postures import ELBOWS, KNEES, POSTURES, bend, posture, seen_from
from model.keypoints.names import CANONICAL_NAMES

AT = {name: CANONICAL_NAMES.index(name) for name in ("nose", "left_ankle", "left_shoulder", "right_shoulder")}


def usual(count: int) -> dict[str, torch.Tensor]:
    return {"distance": torch.full((count,), 4.0), "focal": torch.full((count,), 1000.0)}


def test_a_person_facing_the_camera_has_the_head_up_and_the_left_side_on_the_right(body: Body) -> None:
    scene = seen_from(body, posture("standing")[None], **usual(1))
    assert scene.pixels[0, AT["nose"], 1] < 0 < scene.pixels[0, AT["left_ankle"], 1]
    assert scene.pixels[0, AT["left_shoulder"], 0] > 0
    torch.testing.assert_close(scene.depth, torch.tensor([4.0]))


def test_yaw_turns_them_round_and_elevation_lifts_the_camera(body: Body) -> None:
    yaw, elevation = torch.tensor([0.0, 180.0, 0.0]), torch.tensor([0.0, 0.0, 60.0])
    scene = seen_from(body, posture("standing").expand(3, 24, 3, 3), yaw=yaw, elevation=elevation, **usual(3))
    assert scene.pixels[1, AT["left_shoulder"], 0] < scene.pixels[1, AT["right_shoulder"], 0]
    head, pelvis = scene.joints[2, 15], scene.joints[2, 0]
    assert head[2] < pelvis[2] - 0.3  # nearer to the lens


@pytest.mark.parametrize(
    ("name", "least", "most"), [("standing", 0, 12), ("sitting", 80, 95), ("walking", 12, 28)]
)
def test_knees_bend_as_the_posture_says(body: Body, name: str, least: float, most: float) -> None:
    joints = seen_from(body, posture(name)[None], **usual(1)).joints
    assert least <= bend(joints, KNEES).item() <= most


def test_bends_are_the_same_from_everywhere(body: Body) -> None:
    for name in POSTURES:
        around = torch.linspace(0, 330, 7)
        joints = seen_from(
            body, posture(name).expand(7, 24, 3, 3), yaw=around, elevation=around / 4, **usual(7)
        ).joints
        for limbs in (KNEES, ELBOWS):
            bends = bend(joints, limbs)
            torch.testing.assert_close(bends, bends[:1].expand(7), atol=0.1, rtol=0)


def test_shanks_of_sitting_people_hang(body: Body) -> None:
    joints = seen_from(body, posture("sitting")[None], **usual(1)).joints[0]
    assert joints[7, 1] > joints[4, 1] + 0.3  # y is down
    assert joints[4, 2] < joints[1, 2] - 0.3  # knees towards the camera
