"""3DPW: files as published, read without running anything in them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError, Regressed
from model.benchmark.fitting import score
from model.benchmark.readers.threedpw import read_3dpw
from model.benchmark.readers.truth import Truth
from model.body.body import Body
from tests.model.benchmark.people import Knowing, silent
from tests.model.benchmark.readers.worlds import FRAMES, actors, sequence, write_3dpw
from tests.model.body.test_unpickler import attacks


def relative(joints: Tensor) -> Tensor:
    return joints - joints[:, :1]


@pytest.mark.parametrize("protocol", [0, 2])
def test_joints_are_the_published_ones_in_camera_axes(protocol: int, tmp_path: Path, body: Body) -> None:
    people = actors(body, 2)
    write_3dpw(tmp_path, "test", sequence(people, [body, body], "mf"), protocol)
    found = read_3dpw(tmp_path, "test", Truth())
    truth = torch.cat([SKELETON_FOURTEEN(body, one.rotations, one.betas) for one in people])
    torch.testing.assert_close(relative(found.truth), relative(truth), atol=1e-4, rtol=0)
    assert found.group.tolist() == [0] * FRAMES + [1] * FRAMES
    assert found.mesh is None
    assert "skeleton itself" in found.protocol


def test_true_bodies_have_no_error(tmp_path: Path, body: Body) -> None:
    """So keypoints, cameras and gendered bodies are read as they are meant."""
    (people,) = actors(body, 1)
    write_3dpw(tmp_path, "test", sequence([people], [body], "f"))
    found = read_3dpw(tmp_path, "test", Truth({"m": Body(body.arrays), "f": body}))
    assert (found.confidence > 0).sum(1).tolist() == [19] * FRAMES  # mid-hip follows from the hips
    seen = people._replace(pixels=found.pixels, confidence=found.confidence)
    errors = score(Knowing(seen), body, found, 64, silent).errors
    assert set(errors) >= {"pve_mm", "pa_pve_mm"}
    for values in (errors["mpjpe_mm"], errors["pve_mm"], errors["pa_mpjpe_mm"]):
        assert values.max() < 0.05
    # Mid-hip and neck are not quite the middles by which COCO stands in for them.
    assert errors["error_2d"].max() < 1.0


def test_each_actor_has_the_body_of_their_gender(tmp_path: Path, body: Body, other_body: Body) -> None:
    people = [*actors(body, 1), *actors(other_body, 1)]
    write_3dpw(tmp_path, "test", sequence(people, [body, other_body], "mf"))
    found = read_3dpw(tmp_path, "test", Truth({"m": body, "f": other_body}))
    own = SKELETON_FOURTEEN(other_body, people[1].rotations, people[1].betas)
    torch.testing.assert_close(found.truth[FRAMES:], own, atol=1e-4, rtol=0)
    assert found.mesh is not None
    rows = torch.tensor([FRAMES + 3, 2])
    meshes = [
        person.vertices(some.rotations[k : k + 1], some.betas[k : k + 1])
        for person, some, k in ((other_body, people[1], 3), (body, people[0], 2))
    ]
    torch.testing.assert_close(found.mesh(rows), torch.cat(meshes), atol=1e-4, rtol=0)


def test_a_regressor_s_joints_are_those_of_the_gendered_meshes(tmp_path: Path, body: Body) -> None:
    (people,) = actors(body, 1)
    write_3dpw(tmp_path, "test", sequence([people], [body], "m"))
    regressor = torch.rand(17, body.arrays.n_vertices).softmax(1)
    truth = Truth({"m": body, "f": body}, regressor)
    found = read_3dpw(tmp_path, "test", truth)
    assert isinstance(found.joints_of, Regressed)
    # LSP's order among Human3.6M's: right ankle, …, neck, head.
    vertices = body.vertices(people.rotations, people.betas)
    for place, row in ((0, 6), (3, 1), (6, 16), (12, 8), (13, 10)):
        torch.testing.assert_close(found.truth[:, place], (regressor @ vertices)[:, row], atol=1e-4, rtol=0)


def test_validation_is_every_tenth_frame_and_bad_frames_are_left_out(tmp_path: Path, body: Body) -> None:
    (people,) = actors(body, 1)
    table = sequence([people], [body], "m")
    table["campose_valid"][0][3] = 0
    table["poses2d"][0][5, 2, :13] = 0.0  # five keypoints left
    table["poses2d"][0][6, 2, :12] = 0.0  # six
    write_3dpw(tmp_path, "test", table)
    kept = [k for k in range(FRAMES) if k not in (3, 5)]
    torch.testing.assert_close(read_3dpw(tmp_path, "test", Truth()).pixels[:, 18], people.pixels[kept, 18])
    table["campose_valid"][0][10] = 0
    write_3dpw(tmp_path, "validation", table)
    validation = read_3dpw(tmp_path, "validation", Truth())
    torch.testing.assert_close(validation.pixels[:, 0], people.pixels[[0, 20], 0])


@pytest.mark.parametrize("kind", [bool, np.int64, np.float64])
def test_validity_may_be_of_any_kind_of_number(kind: type, tmp_path: Path, body: Body) -> None:
    table = sequence(actors(body, 1), [body], "m")
    table["campose_valid"] = [np.arange(FRAMES) % 2 == 0]
    table["campose_valid"][0] = table["campose_valid"][0].astype(kind)
    write_3dpw(tmp_path, "test", table)
    assert len(read_3dpw(tmp_path, "test", Truth())) == 13


@pytest.mark.parametrize("case", ["system", "eval", "open", "in an array's arguments", "stack global"])
def test_attacks_are_refused_and_run_nothing(case: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    attack, name = attacks(str(marker))[case]
    path = tmp_path / "sequenceFiles" / "test" / "evil.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(attack)
    with pytest.raises(DatasetError, match="was refused") as caught:
        read_3dpw(tmp_path, "test", Truth())
    assert name in str(caught.value)
    assert not marker.exists()


def _changed(table: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    return {**table, name: value}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("poses", [np.zeros((FRAMES, 69))], "poses has the shape"),
        ("poses2d", [np.zeros((FRAMES, 18, 3))], "poses2d has the shape"),
        ("cam_poses", np.zeros((3, 4, 4)), "cam_poses has the shape"),
        ("campose_valid", [], "no sequence of 3DPW"),
        ("betas", [np.zeros(3)], "betas"),
        ("genders", ["x"], "gender"),
        ("cam_intrinsics", np.zeros(3), "intrinsics"),
        ("poses", "text", "can't be read as an array"),
    ],
)
def test_other_layouts_are_refused(name: str, value: object, said: str, tmp_path: Path, body: Body) -> None:
    write_3dpw(tmp_path, "test", _changed(sequence(actors(body, 1), [body], "m"), name, value))
    with pytest.raises(DatasetError, match=said):
        read_3dpw(tmp_path, "test", Truth())


def test_missing_files_are_errors(tmp_path: Path, body: Body) -> None:
    with pytest.raises(DatasetError, match="No sequences"):
        read_3dpw(tmp_path, "test", Truth())
    table = sequence(actors(body, 1), [body], "m")
    write_3dpw(tmp_path, "test", table)
    with pytest.raises(DatasetError, match="both gendered bodies"):
        read_3dpw(tmp_path, "test", Truth({"m": body}))
    with pytest.raises(DatasetError, match="both gendered bodies"):
        read_3dpw(tmp_path, "test", Truth({}, torch.zeros(17, 5)))
    del table["jointPositions"]
    write_3dpw(tmp_path, "test", table)
    with pytest.raises(DatasetError, match="jointPositions"):
        read_3dpw(tmp_path, "test", Truth())
    write_3dpw(tmp_path, "test", [1, 2])
    with pytest.raises(DatasetError, match="holds no table"):
        read_3dpw(tmp_path, "test", Truth())
    table = sequence(actors(body, 1), [body], "m")
    write_3dpw(tmp_path, "test", _changed(table, "campose_valid", [np.zeros(FRAMES, dtype=np.int64)]))
    with pytest.raises(DatasetError, match="no frame of test"):
        read_3dpw(tmp_path, "test", Truth())
