"""CMU's file formats: variants that occur, and files that are broken."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from model.data.importing.acclaim import Bone, read_amc, read_asf
from model.data.importing.bvh import read_bvh
from model.data.importing.clip import ClipError
from tests.model.data.importing import cmu_rig as rig


@pytest.fixture
def bones(tmp_path: Path) -> dict[str, Bone]:
    return read_asf(rig.write_asf(tmp_path / "01.asf"))


def replaced(path: Path, old: str, new: str, count: int = -1) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))
    return path


def test_motions_are_taken_at_30_frames_a_second(bones: dict[str, Bone], tmp_path: Path) -> None:
    motion = rig.random_motion(9)
    amc = rig.write_amc(tmp_path / "01_01.amc", motion)
    all_of_them, taken = read_amc(amc, bones, 30), read_amc(amc, bones, 120)
    for bone, turns in taken.turns.items():
        assert torch.equal(turns, all_of_them.turns[bone][::4])
    bvh = rig.random_motion(9, every_axis=True)
    dense, sparse = (read_bvh(rig.write_bvh(tmp_path / "a.bvh", bvh, rate)) for rate in (30, 120))
    assert torch.equal(sparse.turns["head"], dense.turns["head"][::4])


def test_radians_and_other_line_ends_give_the_same_motion(bones: dict[str, Bone], tmp_path: Path) -> None:
    motion = rig.random_motion(2)
    plain = read_amc(rig.write_amc(tmp_path / "a.amc", motion), bones, 30)
    in_radians = {name: angles * torch.pi / 180 for name, angles in motion.items()}
    radians = replaced(rig.write_amc(tmp_path / "b.amc", in_radians), ":DEGREES", ":RADIANS")
    ends = replaced(rig.write_amc(tmp_path / "c.amc", motion), "\n", "\r\n")
    for other in (read_amc(radians, bones, 30), read_amc(ends, bones, 30)):
        for bone, turns in plain.turns.items():
            torch.testing.assert_close(other.turns[bone], turns, atol=1e-6, rtol=0)


def test_bones_that_a_motion_leaves_out_stay_at_rest(bones: dict[str, Bone], tmp_path: Path) -> None:
    motion = rig.random_motion(1)
    amc = rig.write_amc(tmp_path / "a.amc", motion)
    amc.write_text("\n".join(line for line in amc.read_text().splitlines() if not line.startswith("ltoes")))
    turns = read_amc(amc, bones, 30).turns
    torch.testing.assert_close(turns["ltoes"], turns["lfoot"])


BROKEN_AMC: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "header only": lambda path: path.write_text(":FULLY-SPECIFIED\n:DEGREES\n"),
    "cut short": lambda path: path.write_text(path.read_text()[:-300]),
    "no number": lambda path: replaced(path, "\nltibia ", "\nltibia x"),
    "too few numbers": lambda path: replaced(path, "\nlfemur ", "\nlfemur 1\nlfemur_ "),
    "other bones": lambda path: replaced(path, "\nhead ", "\nneck ", 1),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("spoil", BROKEN_AMC.values(), ids=BROKEN_AMC)
def test_broken_amc_is_refused_by_name(
    spoil: Callable[[Path], object], bones: dict[str, Bone], tmp_path: Path
) -> None:
    path = rig.write_amc(tmp_path / "01_01.amc", rig.random_motion(3))
    spoil(path)
    with pytest.raises(ClipError, match=r"01_01\.amc is no AMC"):
        read_amc(path, bones, 30)


BROKEN_ASF: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "no root": lambda path: replaced(path, ":root", ":stem"),
    "a bone that isn't described": lambda path: replaced(path, "name head", "name skull"),
    "no axis": lambda path: replaced(path, "    axis 0 0 20  XYZ\n", "", 1),
    "no number": lambda path: replaced(path, "direction 0", "direction o", 1),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("spoil", BROKEN_ASF.values(), ids=BROKEN_ASF)
def test_broken_asf_is_refused_by_name(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    path = rig.write_asf(tmp_path / "01.asf")
    spoil(path)
    with pytest.raises(ClipError, match=r"01\.asf is no ASF"):
        read_asf(path)


BROKEN_BVH: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "no motion": lambda path: path.write_text(path.read_text().partition("MOTION")[0]),
    "cut short": lambda path: path.write_text(path.read_text()[:-100]),
    "no number": lambda path: replaced(path, "OFFSET 0", "OFFSET o", 1),
    "no time": lambda path: replaced(path, "Frame Time: ", "Frame Time: 0"[:-1] + "0 ", 1),
    "other channels": lambda path: replaced(path, "CHANNELS 3 Z", "CHANNELS 3 W", 1),
    "braces": lambda path: replaced(path, "{", "}", 1),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("spoil", BROKEN_BVH.values(), ids=BROKEN_BVH)
def test_broken_bvh_is_refused_by_name(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    path = rig.write_bvh(tmp_path / "a.bvh", rig.random_motion(2, every_axis=True))
    spoil(path)
    with pytest.raises(ClipError, match=r"a\.bvh is no BVH"):
        read_bvh(path)
