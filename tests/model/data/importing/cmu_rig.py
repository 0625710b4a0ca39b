"""A small CMU-like skeleton for tests: its motions as ASF and AMC, as BVH, and where its bones end up.

The places are computed here bone by bone with textbook matrices, to be compared with what the readers and
the conversion make of the files.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Bone, parent, direction at rest, axes it turns about; the left side, the right one is its mirror image.
_MIDDLE = [
    ("lowerback", "root", (0.0, 1.0, -0.05), "xyz"),
    ("upperback", "lowerback", (0.0, 1.0, 0.0), "xyz"),
    ("thorax", "upperback", (0.0, 1.0, 0.02), "xyz"),
    ("lowerneck", "thorax", (0.0, 1.0, 0.1), "xyz"),
    ("upperneck", "lowerneck", (0.0, 1.0, -0.2), "xyz"),
    ("head", "upperneck", (0.0, 1.0, -0.1), "xyz"),
]
_SIDE = [
    ("hipjoint", "root", (0.66, -0.7, 0.28), ""),
    ("femur", "hipjoint", (0.342, -0.94, 0.0), "xyz"),
    ("tibia", "femur", (0.342, -0.94, 0.0), "x"),
    ("foot", "tibia", (0.09, -0.25, 0.96), "xz"),
    ("toes", "foot", (0.0, 0.0, 1.0), "x"),
    ("clavicle", "thorax", (0.94, 0.33, -0.09), "yz"),
    ("humerus", "clavicle", (1.0, 0.0, 0.0), "xyz"),
    ("radius", "humerus", (1.0, 0.0, 0.0), "x"),
    ("wrist", "radius", (1.0, 0.0, 0.0), "y"),
    ("hand", "wrist", (1.0, 0.0, 0.0), "xz"),
]
# CMU's own axes of these bones, degrees about fixed x, y, z; mirrored by the signs of y and z.
_AXES = {"femur": (0, 0, 20), "tibia": (0, 0, 20), "foot": (-90, 0, 20), "toes": (-90, 0, 20),
         "humerus": (180, -30, -90), "radius": (180, -30, -90), "wrist": (0, 90, 90),
         "hand": (0, 90, 90)}  # fmt: skip
_BVH_MIDDLE = {"root": "Hips", "lowerback": "LowerBack", "upperback": "Spine", "thorax": "Spine1",
               "lowerneck": "Neck", "upperneck": "Neck1", "head": "Head"}  # fmt: skip
_BVH_SIDE = {"femur": "UpLeg", "tibia": "Leg", "foot": "Foot", "toes": "ToeBase", "clavicle": "Shoulder",
             "humerus": "Arm", "radius": "ForeArm", "wrist": "Hand", "hand": "FingerBase"}  # fmt: skip

BONES: dict[str, tuple[str, Floats, str]] = {
    name: (parent, np.array(way) / np.linalg.norm(way), dof) for name, parent, way, dof in _MIDDLE
}
for _letter, _sign in (("l", 1.0), ("r", -1.0)):
    for _name, _parent, _way, _dof in _SIDE:
        _above = _parent if _parent in ("root", "thorax") else _letter + _parent
        _unit = np.array(_way) * [_sign, 1, 1] / np.linalg.norm(_way)
        BONES[_letter + _name] = (_above, _unit, _dof)

Motion = dict[str, Floats]
"""Degrees (F, K) of each bone about its axes; the root has three."""


def random_motion(frames: int, spread: float = 25.0, seed: int = 0, every_axis: bool = False) -> Motion:
    """Independent angles for every bone, degrees; BVH turns every bone about three axes."""
    draw = np.random.default_rng(seed)
    motion = {"root": draw.normal(0, spread, (frames, 3))}
    for name, (_, _, dof) in BONES.items():
        motion[name] = draw.normal(0, spread, (frames, 3 if every_axis else len(dof)))
    return motion


def still_motion(frames: int) -> Motion:
    """Rest in every frame."""
    return {name: np.zeros_like(angles) for name, angles in random_motion(frames).items()}


def own_axes(bone: str) -> Floats:
    """The axes (3, 3) of a bone in ASF files of this skeleton."""
    sign = 1 if bone[0] == "l" else -1
    angles = _AXES.get(bone[1:], (0, 0, 0))
    return turned("xyz", np.array([angles[0], sign * angles[1], sign * angles[2]], float))


def turned(axes: str, degrees: Floats) -> Floats:
    """Rotation (3, 3) about fixed axes, one after the other."""
    matrix = np.eye(3)
    for axis, angle in zip(axes, np.radians(degrees), strict=True):
        c, s = np.cos(angle), np.sin(angle)
        one = {
            "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
            "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
            "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
        }[axis]
        matrix = np.array(one) @ matrix
    return matrix


def directions(motion: Motion, axes: bool) -> dict[str, Floats]:
    """Where each bone points (F, 3) in the world; `axes`: bones turn about their own axes, as in ASF."""
    frames = len(motion["root"])
    found = {name: np.empty((frames, 3)) for name in BONES}
    for frame in range(frames):
        world = {"root": turned("xyz", motion["root"][frame])}
        for name, (parent, way, dof) in BONES.items():
            own = own_axes(name) if axes else np.eye(3)
            local = turned(dof if axes else "xyz", motion[name][frame])
            world[name] = world[parent] @ own @ local @ own.T
            found[name][frame] = world[name] @ way
    return found


def write_asf(path: Path) -> Path:
    """The skeleton as CMU writes them."""
    lines = ["# made for a test", ":version 1.10", ":units", "  mass 1.0", "  length 0.45", "  angle deg"]
    lines += [":root", "  order TX TY TZ RX RY RZ", "  axis XYZ", "  position 0 0 0", "  orientation 0 0 0"]
    lines += [":bonedata"]
    for number, (name, (_, way, dof)) in enumerate(BONES.items()):
        sign = 1 if name[0] == "l" else -1
        x, y, z = _AXES.get(name[1:], (0, 0, 0))
        lines += ["  begin", f"    id {number + 1}", f"    name {name}"]
        lines += [f"    direction {' '.join(f'{part:.9g}' for part in way)}", "    length 2.5"]
        lines += [f"    axis {x} {sign * y} {sign * z}  XYZ"]
        if dof:
            lines += [f"    dof {' '.join('r' + axis for axis in dof)}", "    limits (-160.0 20.0)"]
            lines += ["           (-70.0 70.0)"] * (len(dof) - 1)
        lines += ["  end"]
    lines += [":hierarchy", "  begin"]
    lines += [f"    {parent} {name}" for name, (parent, _, _) in BONES.items()] + ["  end"]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_amc(path: Path, motion: Motion) -> Path:
    """A motion of the skeleton; the root also travels."""
    lines = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    for frame in range(len(motion["root"])):
        lines += [str(frame + 1), _line("root", np.r_[1.5, 17.0, frame, motion["root"][frame]])]
        lines += [_line(name, motion[name][frame]) for name, (_, _, dof) in BONES.items() if dof]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_bvh(path: Path, motion: Motion, rate: float = 120.0) -> Path:
    """A motion in which every bone turns about x, then y, then z, all fixed axes of its parent."""
    channels = "Zrotation Yrotation Xrotation"

    def joint(name: str, offset: Floats, indent: str) -> list[str]:
        word = "ROOT" if name == "root" else "JOINT"
        travel = "6 Xposition Yposition Zposition" if name == "root" else "3"
        own = np.zeros(3) if name == "root" else BONES[name][1] * 2.5
        lines = [f"{indent}{word} {_bvh_name(name)}", indent + "{", _line(f"{indent} OFFSET", offset)]
        lines += [f"{indent} CHANNELS {travel} {channels}"]
        children = [child for child, (parent, _, _) in BONES.items() if parent == name]
        for child in children:
            lines += joint(child, own, indent + "  ")
        if not children:
            lines += [f"{indent} End Site", indent + " {", _line(f"{indent}  OFFSET", own), indent + " }"]
        return [*lines, indent + "}"]

    order = _depth_first("root")
    frames = len(motion["root"])
    lines = ["HIERARCHY", *joint("root", np.zeros(3), ""), "MOTION", f"Frames: {frames}"]
    lines += [f"Frame Time: {1 / rate:.8f}"]
    for frame in range(frames):
        numbers = np.concatenate([[0.0, 17.0, frame], *(motion[name][frame][::-1] for name in order)])
        lines += [_line("", numbers)]
    path.write_text("\n".join(lines) + "\n")
    return path


def _depth_first(name: str) -> list[str]:
    below = [_depth_first(child) for child, (parent, _, _) in BONES.items() if parent == name]
    return [name, *(bone for branch in below for bone in branch)]


def _bvh_name(bone: str) -> str:
    if bone in _BVH_MIDDLE:
        return _BVH_MIDDLE[bone]
    side = "Left" if bone[0] == "l" else "Right"
    return side + _BVH_SIDE[bone[1:]] if bone[1:] in _BVH_SIDE else f"{bone[0].upper()}HipJoint"


def _line(word: str, numbers: Floats) -> str:
    return " ".join([word, *(f"{number:.9g}" for number in numbers)])
