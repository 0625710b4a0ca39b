"""The example scripts, run as in their README."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.example_script import load_script
from tests.paths import EXAMPLES
from tests.service.conftest import make_served
from tests.service.gated_fitter import live
from tests.service.people import document

CLIENT = load_script("client")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with live(make_served()) as (url, _, _):
        yield url


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change into an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def client(*arguments: object) -> int:
    status: int = CLIENT.main([str(argument) for argument in arguments])
    return status


def test_client_writes_into_the_current_or_a_given_folder(url: str, here: Path) -> None:
    assert client(EXAMPLES / "one_person.json", "--url", url) == 0
    assert (here / "one_person.glb").read_bytes()[:4] == b"glTF"
    assert client(EXAMPLES / "coco_18.json", "-o", "deep/er", "--url", url) == 0
    assert (here / "deep/er/coco_18.glb").exists()
    assert not list(EXAMPLES.glob("*.glb"))


def test_client_overwrites_only_by_force(url: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh = here / "one_person.glb"
    mesh.write_text("precious")
    assert client(EXAMPLES / "one_person.json", "--url", url) == 1
    assert "--force" in capsys.readouterr().err
    assert mesh.read_text() == "precious"
    assert client(EXAMPLES / "one_person.json", "--url", url, "--force") == 0
    assert mesh.read_bytes()[:4] == b"glTF"


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"people": []}', "The file has no people"), ("{", "not JSON"), (None, "No such file")],
)
def test_client_reports_a_bad_file_and_continues(
    content: str | None, message: str, url: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = here / "bad.json"
    if content is not None:
        bad.write_text(content)
    assert client(bad, EXAMPLES / "one_person.json", "--url", url) == 1
    assert f"{bad}: " in (err := capsys.readouterr().err)
    assert message in err
    assert sorted(here.glob("*.glb")) == [here / "one_person.glb"]


def test_client_reports_a_missing_service() -> None:
    with pytest.raises(SystemExit, match="Found no service at http"):
        client(EXAMPLES / "one_person.json", "--url", "http://127.0.0.1:9")


def test_picture_is_limited_to_body_25(tmp_path: Path) -> None:
    picture = load_script("make_picture")
    target = tmp_path / "picture.png"
    with pytest.raises(SystemExit, match="person 0 is in COCO_18; only BODY_25"):
        picture.main([str(EXAMPLES / "coco_18.json"), str(target)])
    named = tmp_path / "named.json"
    named.write_text(json.dumps(document(layout="BODY_25B")))
    with pytest.raises(SystemExit, match="is in BODY_25B"):
        picture.main([str(named), str(target)])
    assert not target.exists()
    picture.main([str(EXAMPLES / "one_person.json"), str(target)])
    with pytest.raises(SystemExit, match="--force"):
        picture.main([str(EXAMPLES / "one_person.json"), str(target)])


@pytest.mark.parametrize("name", ["client", "load", "make_examples", "make_picture", "mesh_forms"])
def test_scripts_have_help(name: str) -> None:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "--help"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=EXAMPLES.parent, check=False)
    assert result.returncode == 0, result.stderr
    assert "usage:" in result.stdout
