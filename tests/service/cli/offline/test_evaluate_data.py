"""`hmr evaluate`: tables and JSON of each command, on small made-up data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from model.body.body import Body
from model.weights import load_served
from service.cli.main import app
from tests.model.people import People, people_in_picture

RUN = CliRunner()
FRAMES = 5  # the fewest whose noise is measured


def run(*arguments: str | Path) -> str:
    """Run `hmr evaluate`, expect success, return what it printed."""
    result = RUN.invoke(app, ["evaluate", *map(str, arguments)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def run_json(*arguments: str | Path) -> Any:
    return json.loads(run(*arguments, "--json"))


@pytest.fixture(scope="module")
def open_body() -> Body:
    return load_served().fitter.body


@pytest.fixture(scope="module")
def people(open_body: Body) -> People:
    return people_in_picture(open_body, FRAMES)


@pytest.fixture(scope="module")
def truth(people: People, open_body: Body) -> np.ndarray:
    """Keypoints (FRAMES, 25, 3) in the camera's frame, metres."""
    keypoints = open_body.skeleton(people.rotations, people.betas).keypoints[:, :25]
    return (keypoints + people.translation[:, None]).numpy()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "poses.npz"
    np.savez(path, poses=np.zeros((2, 24, 3), np.float32), trial=np.zeros(2, np.int32))
    return path


@pytest.fixture
def folder(tmp_path: Path, people: People, truth: np.ndarray) -> Path:
    """Exact detections of one person by one camera that stands at the world's origin."""
    fx, fy, cx, cy = people.camera.intrinsics[0].tolist()
    lens = {"K": [[fx, 0, cx], [0, fy, cy], [0, 0, 1]], "dist": [0, 0, 0, 0]}
    cameras = {"cam1": {**lens, "R": np.eye(3).tolist(), "t": [0, 0, 0]}}
    (tmp_path / "cameras.json").write_text(json.dumps(cameras))
    subjects = {f"{frame:04}": [0] for frame in range(FRAMES)}
    (tmp_path / "subject_index.json").write_text(json.dumps({"cam1": subjects}))
    np.savez(tmp_path / "joints3d.npz", frames=np.arange(FRAMES), joints_body25_all=truth)
    detections = tmp_path / "BODY_25_converted" / "cam1"
    detections.mkdir(parents=True)
    for frame, pixels in enumerate(people.pixels.numpy()):
        found = np.concatenate([pixels, np.full((25, 1), 0.9)], 1)
        document = {"people": [{"pose_keypoints_2d": found.ravel().tolist()}]}
        (detections / f"cam1.{frame:04}.json").write_text(json.dumps(document))
    return tmp_path


@pytest.fixture
def clips(tmp_path: Path, people: People, truth: np.ndarray) -> Path:
    """One clip of four cameras, all at the world's origin."""
    pixels = people.pixels[:, None].repeat(1, 4, 1, 1).numpy()
    path = tmp_path / "clips.npz"
    np.savez(
        path, kp2d_clean=pixels, kp2d_noisy=pixels, conf_noisy=np.ones((FRAMES, 4, 25)), kp3d=truth,
        clip=np.zeros(FRAMES, int), R=np.tile(np.eye(3), (1, 4, 1, 1)), t=np.zeros((1, 4, 3)),
        f=np.full((1, 4), 1100.0), c=np.array([960.0, 540.0]),
    )  # fmt: skip
    return path


def test_json_of_poses_has_a_number_for_every_iterate(library: Path) -> None:
    rows = run_json("poses", library, "--steps", "2")
    assert set(rows) == {"clean", "noisy"}
    for row in rows.values():
        assert len(row["pa_mpjpe_mm"]) == 3
        assert row["true_error_2d"] >= 0


def test_exact_detections_have_a_truth_without_error(folder: Path) -> None:
    rows = run_json("detections", folder, "--steps", "1")
    assert set(rows) == {"cam1", "mean"}
    assert rows["cam1"] == rows["mean"]
    assert rows["cam1"]["frames"] == FRAMES
    assert len(rows["cam1"]["error_2d"]) == 2
    assert rows["cam1"]["true_error_2d"] == pytest.approx(0.0, abs=1e-3)


def test_exact_detections_have_no_noise(folder: Path) -> None:
    nose = run_json("noise", folder)["cam1"]["nose"]
    assert nose["frames"] == FRAMES
    assert nose["missing"] == 0.0
    assert max(nose["bias"], nose["spread"], nose["far"]) < 0.01
    table = run("noise", folder)
    assert "percent of the box" in table
    assert "left_heel" in table


def test_faults_are_rows_of_the_table_and_of_the_json(library: Path) -> None:
    rows = run_json("faults", library, "--false", "1")
    table = run("faults", library, "--false", "1")
    assert {"none", "1 false", "legs exchanged"} <= set(rows)
    assert "2 false" not in rows
    assert all(name in table for name in rows)


def test_clips_are_scored_over_all_cameras(clips: Path) -> None:
    rows = run_json("clips", clips, "--steps", "1")
    assert {name: row["frames"] for name, row in rows.items()} == {"clean": 4 * FRAMES, "noisy": 4 * FRAMES}
    assert "step 1" in run("clips", clips, "--steps", "1")


def test_conditions_need_no_data_and_are_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "conditions.png"
    output = run("conditions", "--steps", "0", "--picture", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    for word in ("distance", "posture", "spread", "Knee bend of straight standing people"):
        assert word in output


def test_json_of_conditions_has_a_list_for_each_sweep() -> None:
    sweeps = run_json("conditions", "--steps", "0")
    assert set(sweeps) == {"distance", "view", "unseen", "proportions", "confidence"}
    assert all(row["pa_mpjpe_mm"] >= 0 for row in sweeps["view"])


@pytest.mark.parametrize("command", ["faults", "clips"])
def test_missing_files_are_named(command: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["evaluate", command, str(tmp_path / "none.npz")])
    assert result.exit_code == 1
    assert "none.npz" in result.output
    assert "Traceback" not in result.output
