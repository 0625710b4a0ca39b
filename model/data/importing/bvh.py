"""BVH motions, with the joints of B. Hahne's "MotionBuilder-friendly" conversion of CMU's database."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from model.data.importing.clip import ClipError, grid_rows
from model.data.importing.motion import Motion, turn_about

# Each joint's bone under the name it has in ASF files.
_ASF_NAMES = {
    "Hips": "root",
    "LowerBack": "lowerback",
    "Spine": "upperback",
    "Spine1": "thorax",
    "Neck": "lowerneck",
    "Neck1": "upperneck",
    "Head": "head",
}
for _side, _letter in (("Left", "l"), ("Right", "r")):
    for _joint, _bone in {
        "UpLeg": "femur",
        "Leg": "tibia",
        "Foot": "foot",
        "ToeBase": "toes",
        "Arm": "humerus",
        "ForeArm": "radius",
        "Hand": "wrist",
        "FingerBase": "hand",
    }.items():
        _ASF_NAMES[_side + _joint] = _letter + _bone


@dataclass(eq=False)
class _Joint:
    """A joint: the place of its parent (-1 for the root), its channels, and the way to the first child."""

    name: str
    parent: int
    channels: list[str] = field(default_factory=list)
    direction: Tensor = field(default_factory=lambda: torch.zeros(3, dtype=torch.float64))

    def turn(self, values: Tensor) -> Tensor:
        """Rotation (F, 3, 3) against the parent, of the channels' values (F, K)."""
        places = [place for place, name in enumerate(self.channels) if name.endswith("rotation")]
        # A joint turns about its own axes in the order listed: about fixed ones in the reverse order.
        axes = "".join(self.channels[place][0].lower() for place in reversed(places))
        return turn_about(axes, values[:, places[::-1]])


def read_bvh(file: Path) -> Motion:
    """A motion, of which only the frames nearest to the grid are taken.

    A bone's direction is that from its joint to the first joint on it.

    Raises:
        ClipError: the file can't be read as BVH.
    """
    try:
        hierarchy, _, motion = file.read_text(encoding="utf-8", errors="replace").partition("MOTION")
        joints = _joints(hierarchy.split())
        widths = [len(joint.channels) for joint in joints]
        values, rate = _values(motion.split(), sum(widths))
        taken = torch.from_numpy(values[grid_rows(len(values), rate)]).split(widths, 1)
        turns: list[Tensor] = []
        for joint, numbers in zip(joints, taken, strict=True):
            turn = joint.turn(numbers)
            turns.append(turn if joint.parent < 0 else turns[joint.parent] @ turn)
    except (OSError, ValueError, IndexError, AttributeError, StopIteration, ZeroDivisionError) as error:
        raise ClipError(f"{file.name} is no BVH motion: {error!r}") from error
    names = [_ASF_NAMES.get(joint.name, joint.name) for joint in joints]
    return Motion(
        dict(zip(names, turns, strict=True)),
        {name: normalize(joint.direction, dim=0) for name, joint in zip(names, joints, strict=True)},
    )


def _joints(words: list[str]) -> list[_Joint]:
    """Return the joints of a hierarchy, parents before children; ends of chains give directions only."""
    joints: list[_Joint] = []
    opened: list[_Joint | None] = []  # by each brace that is open; None for the end of a chain
    newest: _Joint | None = None
    rest = iter(words)
    for word in rest:
        if word in ("ROOT", "JOINT"):
            parent = opened[-1] if opened else None
            newest = _Joint(next(rest), joints.index(parent) if parent else -1)
            joints.append(newest)
        elif word == "End":
            newest = None
        elif word == "{":
            opened.append(newest)
        elif word == "}":
            opened.pop()
        elif word == "OFFSET":
            _point_parent(opened, torch.tensor([float(next(rest)) for _ in range(3)]).double())
        elif word == "CHANNELS" and opened[-1]:
            opened[-1].channels = [next(rest) for _ in range(int(next(rest)))]
    if not joints:
        raise ValueError("it has no joints")
    return joints


def _point_parent(opened: list[_Joint | None], offset: Tensor) -> None:
    parent = opened[-2] if len(opened) > 1 else None
    if parent and not parent.direction.any():
        parent.direction = offset


def _values(words: list[str], width: int) -> tuple[NDArray[np.float64], float]:
    """The numbers of all frames (F, width) and the frames per second."""
    if words[0] != "Frames:" or words[2:4] != ["Frame", "Time:"]:
        raise ValueError("'Frames:' and 'Frame Time:' do not follow MOTION")
    count, numbers = int(words[1]), np.array(words[5:], dtype=np.float64)
    if len(numbers) != count * width:
        raise ValueError(f"{len(numbers)} numbers for {count} frames of {width} channels")
    return numbers.reshape(count, width), 1.0 / float(words[4])
