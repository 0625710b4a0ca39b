"""AGORA's table as an npz."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError
from model.benchmark.fitting import score
from model.benchmark.readers.agora import _BODY_25, read_agora
from model.benchmark.readers.truth import Truth
from model.body.body import Body
from model.camera import Cameras
from model.keypoints.names import CANONICAL_NAMES
from tests.model.benchmark.people import Knowing, silent
from tests.model.people import people_in_picture

COUNT = 6


@pytest.fixture
def world(body: Body) -> dict[str, Any]:
    """People in a picture of 3840 x 2160; the fifth is not valid, the sixth is out of the picture."""
    people = people_in_picture(body, COUNT)
    skeleton = body.skeleton(people.rotations, people.betas)
    joints = torch.zeros(COUNT, 45, 3)
    joints[:, _BODY_25] = skeleton.keypoints[:, :25]
    joints[:, :24] = skeleton.joints
    joints = joints + people.translation[:, None]
    lens = Cameras.of(2986.0, 2986.0, 1920.0, 1080.0, count=COUNT)
    points = lens.project(joints)
    points[5] += 9000
    return {
        "gt_joints_2d": points.numpy(), "gt_joints_3d": joints.numpy(),
        "isValid": np.array([True] * 4 + [False, True]),
        "gt_verts": (body.vertices(people.rotations, people.betas) + people.translation[:, None]).numpy(),
    }  # fmt: skip


def read(world: dict[str, Any], tmp_path: Path, truth: Truth) -> Any:
    np.savez(tmp_path / "agora.npz", **world)
    return read_agora(tmp_path / "agora.npz", truth)


def test_valid_and_visible_people_are_taken_with_the_right_camera(
    world: dict[str, Any], tmp_path: Path, body: Body
) -> None:
    found, people = read(world, tmp_path, Truth()), people_in_picture(body, COUNT)
    assert len(found) == 4
    torch.testing.assert_close(found.camera.fx, torch.full((4,), 2986.0), rtol=1e-3, atol=0)
    wanted = SKELETON_FOURTEEN(body, people.rotations, people.betas)[:4] + people.translation[:4, None]
    torch.testing.assert_close(found.truth, wanted, atol=1e-5, rtol=0)
    wrist = CANONICAL_NAMES.index("left_wrist")
    torch.testing.assert_close(found.pixels[:, wrist], torch.from_numpy(world["gt_joints_2d"])[:4, 20])


def test_true_bodies_have_no_error(world: dict[str, Any], tmp_path: Path, body: Body) -> None:
    found, every = read(world, tmp_path, Truth()), people_in_picture(body, COUNT)
    people = every._replace(pixels=found.pixels, confidence=found.confidence, camera=found.camera)
    errors = score(Knowing(people), body, found, 64, silent).errors
    assert errors["mpjpe_mm"].max() < 0.1
    assert errors["pve_mm"].max() < 0.1


def test_joints_are_regressed_from_the_meshes(world: dict[str, Any], tmp_path: Path, body: Body) -> None:
    regressor = torch.rand(17, body.arrays.n_vertices).softmax(1)
    found = read(world, tmp_path, Truth({}, regressor))
    expected = (regressor @ torch.from_numpy(world["gt_verts"]))[:4, 10]
    torch.testing.assert_close(found.truth[:, 13], expected, atol=1e-5, rtol=1e-5)
    with pytest.raises(DatasetError, match="not for meshes of"):
        read(world, tmp_path, Truth({}, torch.zeros(17, 4)))
    world.pop("gt_verts")
    with pytest.raises(DatasetError, match="no gt_verts"):
        read(world, tmp_path, Truth({}, regressor))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gt_joints_3d": np.zeros((COUNT, 24, 3))}, "45 or more"),
        ({"gt_joints_2d": np.zeros((COUNT, 45, 3))}, "gt_joints_2d has the shape"),
        ({"isValid": np.ones(COUNT - 1)}, "isValid has the shape"),
        ({"isValid": np.zeros(COUNT)}, "no person is valid"),
        ({"gt_joints_3d": np.array([None] * COUNT)}, "can't be read"),
    ],
)
def test_other_layouts_and_pickles_are_refused(
    change: dict[str, Any], said: str, world: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=said):
        read({**world, **change}, tmp_path, Truth())


def test_a_pickled_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "agora.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(DatasetError, match="can't be read"):
        read_agora(tmp_path / "agora.pkl", Truth())
