"""Human3.6M in SPIN's npz layout, and names of data sets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.benchmark.dataset import DatasetError
from model.benchmark.readers.h36m import read_h36m
from model.benchmark.readers.known import READERS, read_named
from model.benchmark.readers.truth import Truth, read_regressor
from model.evaluate.metrics import FOURTEEN
from model.keypoints.names import CANONICAL_NAMES

COUNT = 3
GENERATOR = np.random.default_rng(0)


def arrays() -> dict[str, Any]:
    """Every joint and keypoint with a different number."""
    joints = np.concatenate([GENERATOR.normal(size=(COUNT, 24, 3)), np.ones((COUNT, 24, 1))], 2)
    joints[1, 4, 3] = 0
    k = np.tile(np.array([[1145.0, 0, 512], [0, 1143.0, 515], [0, 0, 1]]), (COUNT, 1, 1))
    names = np.array(
        ["S9_Walking.54138969_000001.jpg", "S9_Walking.60457274_000011.jpg", "S11_Eating.1_000001.jpg"]
    )
    return {
        "S": joints, "K": k, "imgname": names, "part": GENERATOR.uniform(0.1, 900, (COUNT, 24, 3)),
        "openpose": GENERATOR.uniform(0.1, 900, (COUNT, 25, 3)),
    }  # fmt: skip


def read(tmp_path: Path, values: dict[str, Any]) -> Any:
    np.savez(tmp_path / "h36m_valid_protocol2.npz", **values)
    return read_h36m(tmp_path / "h36m_valid_protocol2.npz", Truth())


def test_fourteen_joints_are_those_of_the_24(tmp_path: Path) -> None:
    values = arrays()
    found = read(tmp_path, values)
    np.testing.assert_allclose(found.truth[0].numpy(), values["S"][0][[*range(13), 18], :3], rtol=1e-6)
    assert found.truth.isnan().any(-1).nonzero().tolist() == [[1, 4]]
    assert found.joint_names[4] == "left_knee"
    assert found.camera.cy.tolist() == [515.0] * 3
    assert found.group.tolist() == [1, 1, 0]


def test_detections_come_before_the_truth_s_keypoints(tmp_path: Path) -> None:
    values = arrays()
    found = read(tmp_path, values)
    np.testing.assert_allclose(found.pixels.numpy(), values["openpose"][..., :2], rtol=1e-6)
    assert "detected" in found.protocol
    values["openpose"][..., 2] = 0
    found = read(tmp_path, values)
    assert "true 2D" in found.protocol
    for number, name in ((0, "right_ankle"), (11, "left_wrist"), (12, "neck"), (14, "mid_hip"), (19, "nose")):
        place = CANONICAL_NAMES.index(name)
        np.testing.assert_allclose(found.pixels[:, place].numpy(), values["part"][:, number, :2], rtol=1e-6)
    assert (found.confidence[:, CANONICAL_NAMES.index("left_heel")] == 0).all()


def test_missing_values_are_unknown(tmp_path: Path) -> None:
    values = {name: value for name, value in arrays().items() if name in ("S", "openpose")}
    found = read(tmp_path, values)
    assert found.camera.intrinsics.isnan().all()
    assert found.group.tolist() == [0, 1, 2]
    with pytest.raises(DatasetError, match="no 2D keypoints"):
        read(tmp_path, {"S": values["S"]})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"S": np.zeros((COUNT, 17, 3))}, "S has the shape"),
        ({"part": np.zeros((COUNT + 1, 24, 3))}, "part has the shape"),
        ({"S": np.zeros((0, 24, 4))}, "S has the shape"),
        ({"S": np.array([{}])}, "can't be read"),
    ],
)
def test_other_layouts_and_pickles_are_refused(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=said):
        read(tmp_path, {**arrays(), **change})


def test_data_sets_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "h36m.npz", **arrays())
    assert read_named(f"h36m={tmp_path / 'h36m.npz'}", Truth()).joint_names == FOURTEEN
    assert set(READERS) == {"3dpw-test", "3dpw-validation", "agora", "ehf", "h36m"}
    for text in ("h36m", "lsp=here", "=here"):
        with pytest.raises(DatasetError, match="NAME=PATH"):
            read_named(text, Truth())


def test_regressors_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "regressor.npy"
    np.save(path, np.eye(17, 20))
    assert torch.equal(read_regressor(path), torch.eye(17, 20))
    for wrong in (np.eye(14, 20), np.zeros(17), np.zeros((17, 3), dtype=int), np.array([None] * 17)):
        np.save(path, wrong, allow_pickle=True)
        with pytest.raises(DatasetError, match=r"regressor"):
            read_regressor(path)
    with pytest.raises(DatasetError, match="none"):
        Truth.load(None, None, tmp_path / "none.npy")
