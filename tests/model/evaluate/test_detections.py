"""Detections with 3D truth: a made-up folder where nothing is wrong, broken folders, and the real one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.body.body import Body
from model.camera import Cameras
from model.evaluate.detections import (
    LIMBS,
    CameraErrors,
    DetectionsError,
    evaluate_detections,
    mean_over_cameras,
    undistort,
)
from model.fit.mirror import canonical_side, mirror_back
from model.fit.network import Recovery
from model.fit.observation import look_at_person
from model.keypoints.names import NUM_CANONICAL
from model.rotation import rotvec_to_matrix
from tests.model.evaluate.oracle import Oracle
from tests.model.people import people_in_picture

K = np.array([[1400.0, 0, 960], [0, 1380.0, 540], [0, 0, 1]])
DIST = [-0.05, 0.12, 0.0006, -0.0008]
FRAMES = 4


def distort(pixels: np.ndarray, dist: list[float]) -> np.ndarray:
    """OpenCV's model, forwards."""
    k1, k2, p1, p2 = dist
    x, y = ((pixels[..., i] - K[i, 2]) / K[i, i] for i in (0, 1))
    r2 = x**2 + y**2
    radial = 1 + k1 * r2 + k2 * r2**2
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2)
    v = y * radial + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y
    return np.stack([u * K[0, 0] + K[0, 2], v * K[1, 1] + K[1, 2]], -1)


@pytest.mark.parametrize("dist", [DIST, [0.0] * 4, [0.1, -0.05, -0.002, 0.001]])
def test_undistorting_undoes_the_lens(dist: list[float]) -> None:
    pixels = np.random.default_rng(0).uniform([0, 0], [1920, 1080], (50, 2))
    np.testing.assert_allclose(undistort(distort(pixels, dist), K, dist), pixels, atol=1e-3)


@pytest.fixture
def made_up(tmp_path: Path, body: Body) -> tuple[Path, Oracle]:
    """A folder of one camera whose detections are exact, and a fit that returns the truth."""
    people = people_in_picture(body, FRAMES)
    keypoints = body.skeleton(people.rotations, people.betas).keypoints[:, :NUM_CANONICAL]
    placed = (keypoints + people.translation[:, None]).double()
    lens = Cameras.of(*(torch.full((FRAMES,), v).double() for v in (K[0, 0], K[1, 1], K[0, 2], K[1, 2])))
    pixels = lens.project(placed)
    turn, shift = (
        rotvec_to_matrix(torch.tensor([0.3, 2.0, -0.4]).double()).numpy(),
        np.array([0.5, -1.0, 2.0]),
    )
    world = np.full((FRAMES, 25, 3), np.nan)
    world[:, LIMBS] = ((placed.numpy() - shift) @ turn)[:, LIMBS]
    world[1, LIMBS[3]] = np.nan
    np.savez(tmp_path / "joints3d.npz", frames=np.arange(FRAMES), joints_body25_all=world)
    camera = {"K": K.tolist(), "dist": DIST, "R": turn.tolist(), "t": shift.tolist()}
    (tmp_path / "cameras.json").write_text(json.dumps({"cam1": camera}))
    # The subject is the second of three people, once split in two, of which the longer part counts.
    subjects = {f"{frame:04}": [1, 2] if frame == 2 else [1] for frame in range(FRAMES)}
    (tmp_path / "subject_index.json").write_text(json.dumps({"note": "made up", "cam1": subjects}))
    folder = tmp_path / "BODY_25_converted" / "cam1"
    folder.mkdir(parents=True)
    for frame, points in enumerate(distort(pixels.numpy(), DIST)):
        exact = np.concatenate([points, np.full((25, 1), 0.9)], 1)
        part = np.where(np.arange(25)[:, None] < 9, exact, 0.0)
        found = [{"pose_keypoints_2d": p.ravel().tolist()} for p in (part + 5, exact, part)]
        (folder / f"cam1.{frame:04}.json").write_text(json.dumps({"people": found}))
    view = look_at_person(pixels.float(), torch.full((FRAMES, 25), 0.9), lens.to(torch.float32))
    root = view.rotation @ people.rotations[:, 0]
    rotations = torch.cat([root[:, None], people.rotations[:, 1:]], 1)
    _, flipped = canonical_side(view.observation)
    return tmp_path, Oracle(mirror_back(rotations, flipped), people.betas)


def test_true_bodies_have_no_error(made_up: tuple[Path, Oracle], body: Body) -> None:
    """So lens, cameras, subject and the order of keypoints are read as they are meant."""
    folder, oracle = made_up
    errors = evaluate_detections(oracle, body, folder, 2)  # type: ignore[arg-type]
    assert list(errors) == ["cam1"]
    assert errors["cam1"].frames == FRAMES
    assert errors["cam1"].pa_mpjpe_mm == pytest.approx([0.0] * 3, abs=0.05)
    assert errors["cam1"].error_2d == pytest.approx([0.0] * 3, abs=0.05)


def rewrite(path: Path, edit: Callable[[Any], object]) -> None:
    values = json.loads(path.read_text())
    edit(values)
    path.write_text(json.dumps(values))


def _frame(folder: Path) -> Path:
    return folder / "BODY_25_converted" / "cam1" / "cam1.0001.json"


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


BROKEN: dict[str, Callable[[Path], object]] = {
    "no cameras": lambda f: (f / "cameras.json").unlink(),
    "cameras are not JSON": lambda f: (f / "cameras.json").write_text("{"),
    "another camera": lambda f: rewrite(f / "cameras.json", lambda c: c.update(cam2=c.pop("cam1"))),
    "no intrinsics": lambda f: rewrite(f / "cameras.json", lambda c: c["cam1"].pop("K")),
    "another lens": lambda f: rewrite(f / "cameras.json", lambda c: c["cam1"]["dist"].append(0.1)),
    "no truth": lambda f: (f / "joints3d.npz").unlink(),
    "truth is no npz": lambda f: (f / "joints3d.npz").write_bytes(b"PK\x03\x04 no"),
    "empty truth": lambda f: (f / "joints3d.npz").write_bytes(b""),
    "no subject": lambda f: rewrite(f / "subject_index.json", lambda s: s["cam1"].pop("0001")),
    "not a number": lambda f: rewrite(f / "subject_index.json", lambda s: s["cam1"].update({"0001": [7]})),
    "subjects are a list": lambda f: (f / "subject_index.json").write_text("[]"),
    "no detections": lambda f: shutil.rmtree(f / "BODY_25_converted"),
    "no frames": lambda f: _empty(f / "BODY_25_converted" / "cam1"),
    "a frame without a number": lambda f: _frame(f).rename(_frame(f).with_name("frame.json")),
    "a frame without truth": lambda f: _frame(f).rename(_frame(f).with_name("cam1.0099.json")),
    "not OpenPose": lambda f: _frame(f).write_text('{"persons": []}'),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_broken_folders_are_refused_by_name(
    made_up: tuple[Path, Oracle], body: Body, recovery: Recovery, spoil: Callable[[Path], object]
) -> None:
    folder, _ = made_up
    spoil(folder)
    with pytest.raises(DetectionsError, match=folder.name):
        evaluate_detections(recovery, body, folder, 1)


def test_cameras_count_alike() -> None:
    one, other = CameraErrors(10, [60.0, 50.0], [4.0, 2.0]), CameraErrors(40, [70.0, 40.0], [6.0, 3.0])
    assert mean_over_cameras({"a": one, "b": other}) == CameraErrors(50, [65.0, 45.0], [5.0, 2.5])


def test_real_detections_are_read(shared_dir: Path, body: Body, recovery: Recovery) -> None:
    errors = evaluate_detections(recovery, body, shared_dir / "real" / "pose2sim_dev", 1)
    assert set(errors) == {"cam01", "cam03"}
    for camera in errors.values():
        assert camera.frames == 50
        assert all(np.isfinite(camera.pa_mpjpe_mm + camera.error_2d))
