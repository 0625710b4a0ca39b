"""`hmr data`: from AMASS, CMU and bare arrays to a library that training reads, and the report on it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model.body.joints import JOINT_NAMES
from model.data.importing import import_job
from model.data.library import load_library
from service.cli.errors import INTERRUPTED
from service.cli.main import app
from tests.model.data.importing import cmu_rig as rig

RUN = CliRunner()


def run(*arguments: str | Path) -> str:
    """Run `hmr data`, expect success, return what it said."""
    result = RUN.invoke(app, ["data", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    return result.output


def waving(frames: int) -> np.ndarray:
    """Poses (M, 72) of a person lifting the arms."""
    poses = np.zeros((frames, 24, 3))
    for side, sign in (("left", -1), ("right", 1)):
        poses[:, JOINT_NAMES.index(f"{side}_shoulder"), 2] = sign * np.linspace(1.4, -1.4, frames)
        poses[:, JOINT_NAMES.index(f"{side}_elbow"), 1] = sign * 0.4
    return poses.reshape(frames, 72)


@pytest.fixture
def amass(tmp_path: Path) -> Path:
    """A folder as AMASS unpacks: two motions, a shape, a file that was cut short."""
    folder = tmp_path / "amass" / "KIT" / "3"
    folder.mkdir(parents=True)
    upright = np.concatenate([waving(240)[:, :66], np.zeros((240, 90))], 1)
    upright[:, 0] = np.pi / 2
    for name in ("wave01", "wave02", "broken"):
        np.savez(folder / f"{name}_poses.npz", poses=upright, mocap_framerate=120.0, betas=np.zeros(16))
        upright = upright[::2] + 0.02
    np.savez(folder / "shape.npz", betas=np.zeros(16))
    (folder / "broken_poses.npz").write_bytes((folder / "broken_poses.npz").read_bytes()[:500])
    return tmp_path / "amass"


def test_amass_becomes_a_library_that_is_reported_on(amass: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "new" / "lib.npz", tmp_path / "sheet.png"
    said = run("import", "amass", amass, "-o", out, "--weight", "*wave02*=2")
    assert "broken_poses was skipped" in said
    assert "Trials with poses: 2" in said
    library = load_library([out])
    with np.load(out) as data:
        assert data["trials"].tolist() == ["KIT/3/wave01_poses", "KIT/3/wave02_poses"]
        assert data["weight"].tolist() == [1.0, 2.0]
        assert len(data["poses"]) == len(library) > 15
    table = run("report", out, "-o", picture, "--count", "3")
    assert "standing or walking" in table
    assert picture.read_bytes()[:4] == b"\x89PNG"
    report = json.loads(run("report", out, "--json"))[str(out)]
    assert report["kinds"]["standing or walking"]["share"] == 1.0
    assert report["kinds"]["both wrists above the head"]["poses"] > 0
    assert {"left_hand", "right_hand"} <= set(report["never_turned"])


def test_cmu_becomes_a_library(tmp_path: Path) -> None:
    folder, out = tmp_path / "cmu", tmp_path / "lib.npz"
    folder.mkdir()
    rig.write_asf(folder / "01.asf")
    motion = rig.still_motion(120)
    motion["ltibia"][:, 0] = np.linspace(0, 90, 120)
    for side in "lr":
        motion[f"{side}humerus"][:] = [60.0, 20.0, 0.0]
    rig.write_amc(folder / "01_01.amc", motion)
    said = run("import", "cmu", folder, "-o", out)
    assert "Trials with poses: 1" in said
    assert 3 < len(load_library([out])) <= 10


def test_poses_are_joined_with_their_source(tmp_path: Path) -> None:
    for number in range(2):
        np.save(tmp_path / f"{number}.npy", waving(30) + 0.03 * number)
    out = tmp_path / "lib.npz"
    files = [tmp_path / "0.npy", tmp_path / "1.npy"]
    run("import", "poses", *files, "-o", out, "--source", "lab", "--fps", "30", "--closest", "0")
    with np.load(out) as data:
        assert data["source"].tolist() == ["lab", "lab"]
        assert len(data["poses"]) == 20
    again = tmp_path / "again.npz"
    run("import", "poses", out, "-o", again, "--closest", "0")
    with np.load(out) as one, np.load(again) as other:
        np.testing.assert_allclose(one["poses"], other["poses"], atol=1e-6)
        assert one["trials"].tolist() == other["trials"].tolist()


def test_ctrl_c_stops_and_the_same_command_goes_on(
    amass: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "lib.npz"
    read: list[str] = []
    whole = import_job.Import.take

    def stop_at_the_third(importing: import_job.Import, job: import_job.Job) -> None:
        if len(read) == 2:
            raise KeyboardInterrupt
        read.append(job.name)
        whole(importing, job)

    monkeypatch.setattr(import_job.Import, "take", stop_at_the_third)
    stopped = RUN.invoke(app, ["data", "import", "amass", str(amass), "-o", str(out)])
    assert stopped.exit_code == INTERRUPTED
    assert "same command" in stopped.output
    assert not out.exists()
    monkeypatch.setattr(import_job.Import, "take", whole)
    run("import", "amass", amass, "-o", out)
    assert not out.with_name("lib.npz.parts").exists()


@pytest.mark.parametrize("word", ["import", "report"])
def test_existing_files_are_kept_without_force(word: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=waving(5).reshape(5, 24, 3), trial=np.zeros(5, int))
    kept = tmp_path / ("kept.npz" if word == "import" else "kept.png")
    kept.write_text("precious")
    words = ["import", "poses"] if word == "import" else ["report"]
    arguments = ["data", *words, str(tmp_path / "a.npz"), "-o", str(kept)]
    if word == "report":
        arguments += ["--count", "1"]
    refused = RUN.invoke(app, arguments)
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert kept.read_text() == "precious"
    assert RUN.invoke(app, [*arguments, "--force"]).exit_code == 0
    assert kept.read_bytes()[:8] != b"precious"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "amass", "{}/nowhere", "-o", "{}/o.npz"], "no motions"),
        (["import", "cmu", "{}", "-o", "{}/o.npz"], "no motions"),
        (["import", "poses", "{}/none.npz", "-o", "{}/o.npz"], "none.npz"),
        (["import", "poses", "{}/text.npz", "-o", "{}/o.npz"], "text.npz: it holds no poses"),
        (["import", "poses", "{}/text.npz", "-o", "{}/o.npz", "--weight", "walk"], "PATTERN=FACTOR"),
        (["import", "poses", "{}/text.npz", "-o", "{}/o.npz", "--weight", "a=-1"], "PATTERN=FACTOR"),
        (["report", "{}/none.npz"], "none.npz"),
        (["report", "{}/text.npz", "--json"], "text.npz"),
    ],
)
def test_errors_are_one_sentence(words: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no poses")
    result = RUN.invoke(app, ["data", *(word.replace("{}", str(tmp_path)) for word in words)])
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not (tmp_path / "o.npz").exists()


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an installation without the extra."""
    names = [name for name in sys.modules if name.split(".")[0] == "matplotlib"]
    for name in [*names, "model.data.contact_sheet"]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


@pytest.mark.usefixtures("no_matplotlib")
def test_a_picture_without_its_extra_names_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=waving(5).reshape(5, 24, 3), trial=np.zeros(5, int))
    result = RUN.invoke(app, ["data", "report", str(tmp_path / "a.npz"), "-o", str(tmp_path / "a.png")])
    assert result.exit_code == 1
    assert "extra 'train'" in result.output
    assert "standing" in run("report", tmp_path / "a.npz")


def test_shared_libraries_pass_their_own_checks(shared_dir: Path, tmp_path: Path) -> None:
    """Carefully made libraries hold nothing that an import would call beyond human limits."""
    out = tmp_path / "o.npz"
    said = run("import", "poses", shared_dir / "mocap" / "extra_val.npz", "-o", out, "--closest", "0")
    assert "left out" not in said
    with np.load(out) as ours, np.load(shared_dir / "mocap" / "extra_val.npz") as theirs:
        assert len(ours["poses"]) == len(theirs["poses"])
        assert set(ours["trials"]) == set(theirs["trials"])
