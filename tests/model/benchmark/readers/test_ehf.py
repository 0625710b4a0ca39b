"""EHF: detections, registered meshes and SMPL-X's joint regressor."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from model.benchmark.dataset import DatasetError
from model.benchmark.readers.ehf import _FOCAL, _ROTATION, read_ehf
from model.benchmark.readers.ply import read_ply_vertices
from model.benchmark.readers.truth import Truth
from model.rotation import rotvec_to_matrix
from tests.model.benchmark.readers.worlds import write_openpose, write_ply
from tests.model.body.test_unpickler import attacks

VERTICES = np.random.default_rng(0).normal(size=(3, 40, 3))
REGRESSOR = np.random.default_rng(1).dirichlet(np.ones(40), 14)
KINDS = ("ascii", "binary_little_endian", "binary_big_endian")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures; in the second another person is half visible."""
    for number, vertices in enumerate(VERTICES):
        points = np.random.default_rng(number).uniform(100, 1000, (25, 3)) * [1, 1, 1e-3]
        half = np.where(np.arange(25)[:, None] < 9, points + np.array([50.0, 50.0, 0.0]), 0.0)
        people = [half, points] if number == 1 else [points]
        write_openpose(tmp_path / f"{number:02}_2Djnt.json", people)
        write_ply(tmp_path / f"{number:02}_align.ply", vertices, KINDS[number])
    np.save(tmp_path / "SMPLX_to_J14.npy", REGRESSOR)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_vertices_of_every_kind_of_ply(kind: str, tmp_path: Path) -> None:
    write_ply(tmp_path / "a.ply", VERTICES[0], kind)
    np.testing.assert_allclose(read_ply_vertices(tmp_path / "a.ply"), VERTICES[0], atol=1e-6)


def test_truth_is_regressed_and_turned_into_the_camera(folder: Path) -> None:
    found = read_ehf(folder, Truth())
    turn = rotvec_to_matrix(torch.tensor(_ROTATION)).double().numpy()
    expected = np.stack([(REGRESSOR @ vertices) @ turn.T for vertices in VERTICES])
    np.testing.assert_allclose(found.truth.numpy(), expected, atol=1e-5)
    assert found.camera.fx.tolist() == pytest.approx([_FOCAL] * 3)
    points = np.random.default_rng(1).uniform(100, 1000, (25, 3))
    np.testing.assert_allclose(found.pixels[1].numpy(), points[:, :2], rtol=1e-5)


def test_the_published_pickle_of_the_regressor_is_read(folder: Path) -> None:
    wanted = read_ehf(folder, Truth()).truth
    (folder / "SMPLX_to_J14.npy").unlink()
    (folder / "SMPLX_to_J14.pkl").write_bytes(pickle.dumps(REGRESSOR, 2))
    assert torch.equal(read_ehf(folder, Truth()).truth, wanted)


@pytest.mark.parametrize("case", ["system", "exec", "obj"])
def test_attacks_are_refused_and_run_nothing(case: str, folder: Path) -> None:
    marker = folder / "ran"
    (folder / "SMPLX_to_J14.npy").unlink()
    (folder / "SMPLX_to_J14.pkl").write_bytes(attacks(str(marker))[case][0])
    with pytest.raises(DatasetError, match="was refused"):
        read_ehf(folder, Truth())
    assert not marker.exists()


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("01_2Djnt.json", b'{"people": []}', "holds no person"),
        ("01_2Djnt.json", b"{", "holds no person"),
        ("01_align.ply", b"", "no PLY file"),
        ("01_align.ply", b"ply\nformat ascii 1.0\nelement face 1\nend_header\n", "not vertex"),
        (
            "01_align.ply",
            b"ply\nformat ascii 1.0\nelement vertex 9\nproperty float x\nend_header\n1",
            "no PLY",
        ),
        ("SMPLX_to_J14.npy", b"\x93NUMPY", "can't be read"),
    ],
)
def test_broken_files_are_errors(file: str, content: bytes, said: str, folder: Path) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(DatasetError, match=said) as caught:
        read_ehf(folder, Truth())
    assert file in str(caught.value)


def test_missing_files_are_errors(folder: Path) -> None:
    (folder / "02_align.ply").unlink()
    with pytest.raises(DatasetError, match="02_align"):
        read_ehf(folder, Truth())
    np.save(folder / "SMPLX_to_J14.npy", REGRESSOR[:, :30])
    write_ply(folder / "02_align.ply", VERTICES[2])
    with pytest.raises(DatasetError, match="is for 30 vertices"):
        read_ehf(folder, Truth())
    np.save(folder / "SMPLX_to_J14.npy", REGRESSOR[:3])
    with pytest.raises(DatasetError, match="must be"):
        read_ehf(folder, Truth())
    for path in folder.glob("*.json"):
        path.unlink()
    np.save(folder / "SMPLX_to_J14.npy", REGRESSOR)
    with pytest.raises(DatasetError, match="No detections"):
        read_ehf(folder, Truth())
