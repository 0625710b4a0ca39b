"""Targets and formats of answers."""

from pathlib import Path

import pytest

from service.files.plan import PlanError, make_plan
from service.files.report import REPORT_NAME
from service.media import MediaType


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("in/b.json", "in/a.json", "in/deep/a.json", "in/.hidden.json", "in/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_folder_structure_is_kept(folder: Path) -> None:
    plan = make_plan([folder / "in"], folder / "out", MediaType.GLB)
    assert plan.folder == folder / "out"
    places = {str(t.source.relative_to(folder)): str(t.target.relative_to(folder)) for t in plan.tasks}
    assert places == {
        "in/a.json": "out/a.glb",
        "in/b.json": "out/b.glb",
        "in/deep/a.json": "out/deep/a.glb",
    }


def test_answers_of_an_earlier_run_are_not_inputs(folder: Path) -> None:
    (folder / "in/out").mkdir()
    (folder / "in/out/a.json").touch()
    assert len(make_plan([folder / "in"], folder / "in/out").tasks) == 3


def test_targets_of_files_are_in_a_folder_or_follow_a_pattern(folder: Path) -> None:
    files = [folder / "in/a.json", folder / "in/b.json"]
    into = make_plan(files, folder / "out")
    assert [task.target.name for task in into.tasks] == ["a.json", "b.json"]
    named = make_plan(files, folder / "{}_fit.npz")
    assert (named.media, named.folder) == (MediaType.NPZ, None)
    assert [task.target.name for task in named.tasks] == ["a_fit.npz", "b_fit.npz"]
    assert make_plan(files[:1], folder / "x.ply").tasks == [(files[0], folder / "x.ply")]


@pytest.mark.parametrize(
    ("inputs", "out", "message"),
    [
        (["in"], "in", "over the inputs"),
        (["in/a.json"], "in/{}.json", "over the inputs"),
        (["in"], "in/notes.txt", "is a file"),
        (["in/a.json", "in/deep/a.json"], "out", "same name"),
        (["in", "in"], "out", "same name"),
        (["in/a.json", "in/b.json"], "out.glb", "{}"),
        (["in/a.json"], "out.fbx", "extension"),
        (["in"], "out.fbx", r"\.fbx files can't be written"),
        (["in"], "out.glb", r"a pattern such as '.*out/\{\}\.glb'"),
        (["nowhere"], "out", "nowhere doesn't exist"),
        (["in", "in/nowhere.json"], "out", r"nowhere\.json doesn't exist"),
    ],
)
def test_impossible_targets_are_rejected(inputs: list[str], out: str, message: str, folder: Path) -> None:
    with pytest.raises(PlanError, match=message):
        make_plan([folder / name for name in inputs], folder / out)


@pytest.mark.parametrize("out", ["x.ply", "{}.ply"])
def test_format_must_agree_with_the_target_name(out: str, folder: Path) -> None:
    file = folder / "in/a.json"
    assert make_plan([file], folder / out, MediaType.PLY).media is MediaType.PLY
    with pytest.raises(PlanError, match="--format glb contradict"):
        make_plan([file], folder / out, MediaType.GLB)


def test_existing_folder_may_have_any_name(folder: Path) -> None:
    (folder / "out.glb").mkdir()
    assert make_plan([folder / "in"], folder / "out.glb").folder == folder / "out.glb"
    assert make_plan([folder / "in"], folder / "out.v2").folder == folder / "out.v2"


def test_report_of_an_earlier_run_is_not_an_input(folder: Path) -> None:
    (folder / "in" / REPORT_NAME).touch()
    plan = make_plan([folder / "in"], folder / "in", MediaType.GLB)
    assert REPORT_NAME not in {task.source.name for task in plan.tasks}


def test_folder_without_files_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"no \.json"):
        make_plan([tmp_path], tmp_path / "out")
