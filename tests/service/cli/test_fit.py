"""`hmr fit` with the shipped weights on the shipped examples."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from typer.testing import CliRunner

from model.keypoints.layouts import Layout
from service.cli.main import app
from tests.paths import EXAMPLES
from tests.service.people import document, keypoints
from tests.service.people import person as person_of

RUN = CliRunner()


def fit(*arguments: str | Path) -> str:
    """Run `hmr fit`, expect success, return the output."""
    result = RUN.invoke(app, ["fit", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", ["one_person", "two_people", "coco_18", "cut_off"])
def test_examples_are_fitted_closely(name: str, tmp_path: Path) -> None:
    source, target = EXAMPLES / f"{name}.json", tmp_path / "out.json"
    fit(source, "-o", target)
    people = json.loads(target.read_text())["people"]
    assert len(people) == len(json.loads(source.read_text())["people"])
    for person in people:
        assert person["status"] == "ok"
        assert person["objective"][person["best_step"]] < person["objective"][0]
        seen = np.array(person["keypoints2d"])[np.array(person["observed"])]
        assert person["residual_px"] < 0.03 * np.ptp(seen, axis=0).max()
        head, feet = person["joints3d"][15][1], person["joints3d"][7][1]
        assert head < feet  # y points down


def test_mesh_files_have_people_of_human_size(tmp_path: Path) -> None:
    fit(EXAMPLES / "two_people.json", "-o", tmp_path / "two.glb")
    scene = trimesh.load_scene(io.BytesIO((tmp_path / "two.glb").read_bytes()), file_type="glb")
    meshes = list(scene.geometry.values())
    assert [len(mesh.vertices) for mesh in meshes] == [6890, 6890]
    assert all(1.0 < mesh.extents.max() < 2.3 for mesh in meshes)
    assert all(0.03 < mesh.volume < 0.2 for mesh in meshes)  # outward faces give a positive volume


def test_pattern_names_several_files(tmp_path: Path) -> None:
    fit(EXAMPLES / "one_person.json", EXAMPLES / "coco_18.json", "-o", tmp_path / "{}.npz")
    with np.load(tmp_path / "coco_18.npz", allow_pickle=False) as data:
        assert data["poses"].shape == (1, 72)
    assert (tmp_path / "one_person.npz").exists()


def test_existing_files_are_overwritten_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "kept.json"
    target.write_text("precious")
    refused = RUN.invoke(app, ["fit", str(EXAMPLES / "one_person.json"), "-o", str(target)])
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert target.read_text() == "precious"
    fit(EXAMPLES / "one_person.json", "-o", target, "--force")
    assert json.loads(target.read_text())["people"]


def test_bad_file_is_named_and_the_good_one_fitted(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"people": [{"pose_keypoints_2d": [1, 2]}]}')
    arguments = ["fit", str(bad), str(EXAMPLES / "one_person.json"), "-o", str(tmp_path / "{}.json.json")]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 1
    assert "bad.json" in result.output
    assert "Traceback" not in result.output
    assert (tmp_path / "one_person.json.json").exists()


@pytest.mark.parametrize(
    ("files", "out", "message"),
    [
        (["one_person.json"], "out.fbx", "extension"),
        (["one_person.json", "coco_18.json"], "out.glb", "{}"),
        (["one_person.json", "one_person.json"], "{}.glb", "same"),
    ],
)
def test_impossible_targets_are_rejected(files: list[str], out: str, message: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["fit", *(str(EXAMPLES / file) for file in files), "-o", str(tmp_path / out)])
    assert result.exit_code == 1
    assert message in result.output
    assert list(tmp_path.iterdir()) == []


def test_wrong_layout_is_reported_and_can_be_set(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    value = json.dumps(document(person_of(keypoints(Layout.BODY_25B))))
    for name in ("a.json", "b.json"):
        (folder / name).write_text(value)
    output = fit(folder, "-o", folder, "--format", "glb")
    assert output.count("look like BODY_25B") == 1
    assert "2 files, the first" in output
    report = json.loads((folder / "hmr-fit-report.json").read_text())
    looks = [entry for entry in report["warnings"] if "look like BODY_25B" in entry["message"]]
    assert [Path(entry["file"]).name for entry in looks] == ["a.json", "b.json"]
    assert "2 files done before" in fit(folder, "-o", folder, "--format", "glb")
    assert "look like" not in fit(folder, "-o", folder, "--format", "glb", "--layout", "BODY_25B", "--force")


@pytest.mark.parametrize("out", ["out.json", "{}.json"])
def test_single_files_and_patterns_have_warnings(out: str, tmp_path: Path) -> None:
    assert "No camera and no image size were sent" in fit(EXAMPLES / "one_person.json", "-o", tmp_path / out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nodir", "-o", "x"], "nodir doesn't exist"),
        ([str(EXAMPLES), "-o", "x.fbx"], ".fbx files can't be written"),
        ([str(EXAMPLES), "-o", "o4.glb", "--format", "obj"], "o4.glb is the name of one file"),
        ([str(EXAMPLES / "one_person.json"), "-o", "a.glb", "--format", "obj"], "contradict"),
        ([str(EXAMPLES), "-o", "x", "--layout", "BODY_99"], "COCO_17"),
    ],
)
def test_mistakes_are_reported_before_any_file_is_written(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = RUN.invoke(app, ["fit", *arguments])
    assert result.exit_code != 0
    assert message in result.output
    assert list(tmp_path.iterdir()) == []
