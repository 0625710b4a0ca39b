"""CMU's motions on SMPL's joints: limbs point where the source's point, whatever the actor's rest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from model.body.joints import JOINT_NAMES
from model.data.importing.acclaim import read_amc, read_asf
from model.data.importing.bvh import read_bvh
from model.data.importing.clip import ClipError
from model.data.importing.motion import Motion
from model.data.importing.posture import Posture, actors_posture
from model.data.importing.retarget import check_bones, to_smpl
from model.data.skeleton import Skeleton
from model.rotation import matrix_to_rotvec
from tests.model.data.importing import cmu_rig as rig

LIMBS = {
    "femur": ("hip", "knee"),
    "tibia": ("knee", "ankle"),
    "humerus": ("shoulder", "elbow"),
    "radius": ("elbow", "wrist"),
}
DEGREE = np.pi / 180


def acclaim(folder: Path, motion: rig.Motion) -> Motion:
    asf = rig.write_asf(folder / "01.asf")
    return read_amc(rig.write_amc(folder / "01_01.amc", motion), read_asf(asf), 30)


def bvh(folder: Path, motion: rig.Motion) -> Motion:
    return read_bvh(rig.write_bvh(folder / "01_01.bvh", motion, 30))


def angles_between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Radians between vectors (N, 3), exact for small angles too."""
    angles: np.ndarray = np.arctan2(np.linalg.norm(np.cross(one, other), axis=-1), (one * other).sum(-1))
    return angles


@pytest.mark.parametrize(("read", "axes"), [(acclaim, True), (bvh, False)], ids=["asf-amc", "bvh"])
@pytest.mark.parametrize("posture", [Posture(), None], ids=["as recorded", "corrected"])
def test_limbs_point_where_the_sources_do(
    read: Callable[[Path, rig.Motion], Motion],
    axes: bool,
    posture: Posture | None,
    skeleton: Skeleton,
    tmp_path: Path,
) -> None:
    motion = rig.random_motion(20, every_axis=not axes)
    source = read(tmp_path, motion)
    rotations = to_smpl(source, posture or actors_posture([source]), skeleton)
    _, joints = skeleton.pose(rotations)
    expected = rig.directions(motion, axes)
    for side, letter in (("left", "l"), ("right", "r")):
        for bone, ends in LIMBS.items():
            start, end = (joints[:, JOINT_NAMES.index(f"{side}_{name}")].numpy() for name in ends)
            assert angles_between(end - start, expected[letter + bone]).max() < 0.01 * DEGREE


def test_amc_and_bvh_of_one_motion_agree(skeleton: Skeleton, tmp_path: Path) -> None:
    """Where bones turn about the same axes the two formats are the same motion."""
    motion = rig.still_motion(3)
    draw = np.random.default_rng(3)
    for bone in ("root", "lowerback", "upperback", "thorax", "lowerneck", "upperneck", "head"):
        motion[bone] = draw.normal(0, 30, (3, 3))
    in_bvh = {
        name: np.resize(angles, (3, 3)) if angles.size else np.zeros((3, 3))
        for name, angles in motion.items()
    }
    one, other = (
        to_smpl(source, Posture(), skeleton) for source in (acclaim(tmp_path, motion), bvh(tmp_path, in_bvh))
    )
    torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_rest_is_smpls_zero_but_for_the_spread_legs(skeleton: Skeleton, tmp_path: Path) -> None:
    rotations = to_smpl(acclaim(tmp_path, rig.still_motion(1)), Posture(), skeleton)
    angles = matrix_to_rotvec(rotations[0]).norm(dim=-1).rad2deg()
    spread = [JOINT_NAMES.index(f"{side}_hip") for side in ("left", "right")]
    bent = [i for i, name in enumerate(JOINT_NAMES) if name.endswith(("hip", "knee", "ankle", "shoulder"))]
    assert (angles[spread] > 12).all()
    assert (angles[spread] < 28).all()
    assert angles[[i for i in range(24) if i not in bent]].max() < 12


def test_an_actors_tilted_rest_frame_is_taken_out(skeleton: Skeleton, tmp_path: Path) -> None:
    """A person stands for 40 frames with legs together; the markers say that the trunk leans by 8 degrees."""
    motion = rig.still_motion(40)
    motion["root"][:] = [8.0, 30.0, 0.0]
    for side, sign in (("l", 1), ("r", -1)):
        # Legs straight down in spite of the root's lean.
        motion[f"{side}femur"][:] = [-8.0, 0.0, -20.0 * sign]
    source = acclaim(tmp_path, motion)
    rotations = to_smpl(source, actors_posture([source]), skeleton)
    turn = matrix_to_rotvec(rotations[20]).rad2deg()
    assert turn[0].tolist() == pytest.approx([0, 30, 0], abs=1e-3)
    trunk = [JOINT_NAMES.index(name) for name in ("spine1", "spine2", "spine3", "neck", "head")]
    assert turn[trunk].abs().max() < 1e-3
    turns, _ = skeleton.pose(rotations)
    feet = [JOINT_NAMES.index(f"{side}_ankle") for side in ("left", "right")]
    up = turns[20, feet, :, 1]
    assert up[:, 1].clamp(-1, 1).acos().rad2deg().max() < 3  # planted soles lie flat


def test_too_few_upright_frames_leave_the_posture_alone(skeleton: Skeleton, tmp_path: Path) -> None:
    motion = rig.still_motion(40)
    motion["root"][:, 0] = 80.0
    assert actors_posture([acclaim(tmp_path, motion)]).trunk == {}


def test_half_of_the_forearms_roll_goes_to_the_wrist(skeleton: Skeleton, tmp_path: Path) -> None:
    motion = rig.still_motion(1)
    motion["lwrist"][:] = -80.0
    rotations = to_smpl(acclaim(tmp_path, motion), Posture(), skeleton)
    still = to_smpl(acclaim(tmp_path, rig.still_motion(1)), Posture(), skeleton)
    for joint in ("left_elbow", "left_wrist"):
        place = JOINT_NAMES.index(joint)
        roll = matrix_to_rotvec(still[0, place].mT @ rotations[0, place]).norm().rad2deg()
        assert roll.item() == pytest.approx(40.0, abs=0.1)


def test_toes_are_clipped(skeleton: Skeleton, tmp_path: Path) -> None:
    motion = rig.still_motion(2)
    motion["ltoes"][:] = [[-20.0], [-70.0]]
    toes = to_smpl(acclaim(tmp_path, motion), Posture(), skeleton)[:, JOINT_NAMES.index("left_foot")]
    still = to_smpl(acclaim(tmp_path, rig.still_motion(2)), Posture(), skeleton)
    rest = matrix_to_rotvec(still[0, JOINT_NAMES.index("left_foot")])[0].rad2deg()
    turn = matrix_to_rotvec(toes)[:, 0].rad2deg()
    assert (turn[0] - rest).abs().item() == pytest.approx(20.0, abs=1.0)
    assert turn[1].abs().item() == pytest.approx(45.0, abs=1e-4)


def test_collars_rise_with_the_arm_and_mirror(skeleton: Skeleton, tmp_path: Path) -> None:
    """Down, level and overhead: about -7, 0 and 22 degrees, on both sides alike."""
    motion = rig.still_motion(3)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        # The humerus' own z axis is forward; turning about it raises or lowers the arm.
        axis = rig.own_axes(f"{side}humerus")
        for frame, lift in enumerate((-90.0, 0.0, 90.0)):
            wanted = axis.T @ rig.turned("z", np.array([sign * lift])) @ axis
            motion[f"{side}humerus"][frame] = _euler(wanted)
    turns = matrix_to_rotvec(to_smpl(acclaim(tmp_path, motion), Posture(), skeleton)).rad2deg()
    left, right = (turns[:, JOINT_NAMES.index(f"{side}_collar"), 2] for side in ("left", "right"))
    assert left.tolist() == pytest.approx([-7, 0, 22], abs=0.1)
    assert right.tolist() == pytest.approx([7, 0, -22], abs=0.1)


def _euler(matrix: np.ndarray) -> list[float]:
    """Degrees about fixed x, y, z of a rotation."""
    x, z = np.arctan2(matrix[2, 1], matrix[2, 2]), np.arctan2(matrix[1, 0], matrix[0, 0])
    y = np.arctan2(-matrix[2, 0], np.hypot(matrix[0, 0], matrix[1, 0]))
    return [float(angle) for angle in np.degrees([x, y, z])]


def test_another_skeleton_is_refused_by_its_missing_bones(tmp_path: Path) -> None:
    source = bvh(tmp_path, rig.random_motion(1, every_axis=True))
    turns = {name: turn for name, turn in source.turns.items() if name not in ("lfemur", "thorax")}
    with pytest.raises(ClipError, match="thorax, lfemur"):
        check_bones(Motion(turns, source.directions))
