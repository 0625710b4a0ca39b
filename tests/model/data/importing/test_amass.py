"""AMASS files of both kinds, as the archive has them and broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.body.joints import JOINT_NAMES
from model.data.importing.amass import amass_jobs, read_amass
from model.data.importing.clip import ClipError
from model.data.skeleton import Skeleton
from model.rotation import rotvec_to_matrix

DRAW = np.random.default_rng(0)


def smplh(frames: int = 12) -> dict[str, Any]:
    """A motion as AMASS has it for SMPL-H: a person upright in a world with z up."""
    poses = DRAW.normal(0, 0.1, (frames, 156))
    poses[:, :3] = [np.pi / 2, 0, 0]
    return {
        "poses": poses,
        "trans": DRAW.normal(size=(frames, 3)),
        "betas": np.zeros(16),
        "dmpls": np.zeros((frames, 8)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.0),
    }


def smplx(frames: int = 12) -> dict[str, Any]:
    """The same for SMPL-X, with files that also hold unused pickled lists."""
    both = smplh(frames)
    poses = np.concatenate([both["poses"], np.zeros((frames, 9))], 1)
    return {"poses": poses, "root_orient": poses[:, :3], "pose_body": poses[:, 3:66], "betas": np.zeros(16),
            "gender": np.array("neutral"), "surface_model_type": np.array("smplx"), "mocap_frame_rate": 60,
            "markers_latent_vids": np.array({"a": 1}, dtype=object)}  # fmt: skip


@pytest.mark.parametrize("make", [smplh, smplx])
def test_motions_stand_upright_with_their_joints(
    make: Callable[[], dict[str, Any]], skeleton: Skeleton, tmp_path: Path
) -> None:
    arrays = make()
    np.savez(tmp_path / "a.npz", **arrays)
    clip = read_amass(tmp_path / "a.npz", "KIT/3/walk_fast_poses")
    assert (clip.subject, clip.source) == ("KIT/3", "AMASS KIT")
    assert clip.description == "walk fast poses"
    assert clip.rate == (120.0 if make is smplh else 60.0)
    np.testing.assert_allclose(clip.poses[:, 1:22].reshape(12, 63), arrays["poses"][:, 3:66], atol=1e-6)
    assert not clip.poses[:, 22:].any()
    _, joints = skeleton.pose(rotvec_to_matrix(torch.from_numpy(clip.poses)))
    assert (joints[:, JOINT_NAMES.index("head"), 1] > 0.4).all()


def test_root_and_body_alone_are_enough(tmp_path: Path) -> None:
    arrays = smplx()
    del arrays["poses"]
    np.savez(tmp_path / "a.npz", **arrays)
    clip = read_amass(tmp_path / "a.npz", "a")
    np.testing.assert_allclose(clip.poses[:, 1:22].reshape(12, 63), arrays["pose_body"], atol=1e-6)


def test_files_of_shape_are_no_motions(tmp_path: Path) -> None:
    (tmp_path / "KIT" / "3").mkdir(parents=True)
    for name in ("shape", "neutral_stagei", "b_stageii", "a_poses"):
        np.savez(tmp_path / "KIT" / "3" / f"{name}.npz", **smplh())
    assert [job.name for job in amass_jobs(tmp_path)] == ["KIT/3/a_poses", "KIT/3/b_stageii"]
    with pytest.raises(ClipError, match="no motions"):
        amass_jobs(tmp_path / "nowhere")


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in smplh().items() if key != name}


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("poses"),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:900]),
    "a flipped byte": lambda path: path.write_bytes(
        path.read_bytes()[:600] + b"\0\1" + path.read_bytes()[602:]
    ),
    "no poses": lambda path: np.savez(path, **_without("poses")),
    "no rate": lambda path: np.savez(path, **_without("mocap_framerate")),
    "pickled": lambda path: np.savez(path, **{**smplh(), "poses": np.array([None])}),
    "other joints": lambda path: np.savez(path, **{**smplh(), "poses": np.zeros((3, 30))}),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_broken_files_are_refused(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **smplh())
    spoil(path)
    with pytest.raises(ClipError, match=r"it |poses"):
        read_amass(path, "a")
