"""Acclaim's ASF skeletons and AMC motions, as in CMU's motion capture database (mocap.cs.cmu.edu).

A bone turns by L = C M C^-1: M from the motion's angles about the bone's own axes, C those axes at rest.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.data.importing.clip import ClipError, grid_rows
from model.data.importing.motion import Motion, turn_about

ROOT = "root"


class Bone(NamedTuple):
    """A bone at rest: its parent, direction (3,), own axes (3, 3), and the axes it turns about, as "xz".

    `channels` are the numbers of a frame that are its angles, and `width` the count of numbers.
    """

    parent: str | None
    direction: Tensor
    axes: Tensor
    dof: str
    channels: tuple[int, ...]
    width: int


def read_asf(file: Path) -> dict[str, Bone]:
    """The bones of a skeleton, parents before children.

    Raises:
        ClipError: the file can't be read as ASF.
    """
    try:
        sections = _sections(file.read_text(encoding="utf-8", errors="replace"))
        to_degrees = 1.0 if ["angle", "deg"] in sections["units"] else 180.0 / np.pi
        bones = {ROOT: _root(sections["root"], to_degrees)}
        described = _described(sections["bonedata"])
        for parent, *children in sections["hierarchy"]:
            if parent in bones:
                bones |= {child: _bone(described[child], parent, to_degrees) for child in children}
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise ClipError(f"{file.name} is no ASF skeleton: {error!r}") from error
    return bones


def read_amc(file: Path, bones: dict[str, Bone], rate: float) -> Motion:
    """A motion of a skeleton, of which only the frames nearest to the grid are taken.

    Args:
        file: the AMC file.
        bones: of its skeleton.
        rate: its frames per second, which the format doesn't state (CMU: 120, some trials 60).

    Raises:
        ClipError: the file can't be read as AMC, or is of another skeleton.
    """
    try:
        lines = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
        in_degrees = [":RADIANS"] not in lines
        lines = [line for line in lines if line and line[0][0] not in ":#"]
        values = _values(lines, rate)
        turns: dict[str, Tensor] = {}
        for name, bone in bones.items():
            turns[name] = _turn(bone, values.get(name), turns, in_degrees, len(next(iter(values.values()))))
    except (OSError, KeyError, ValueError, IndexError, StopIteration) as error:
        raise ClipError(f"{file.name} is no AMC motion of its skeleton: {error!r}") from error
    return Motion(turns, {name: bone.direction for name, bone in bones.items()})


def _sections(text: str) -> dict[str, list[list[str]]]:
    """The words of each line, by the section (":name") it stands in."""
    sections: dict[str, list[list[str]]] = {}
    lines: list[list[str]] = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0].startswith(":"):
            lines = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            lines.append(words)
    return sections


def _described(lines: list[list[str]]) -> dict[str, dict[str, list[str]]]:
    """Return what is said of each bone between "begin" and "end"."""
    bones: dict[str, dict[str, list[str]]] = {}
    about: dict[str, list[str]] = {}
    for words in lines:
        if words[0] == "begin":
            about = {}
        elif words[0] == "end":
            bones[about["name"][0]] = about
        else:
            about[words[0]] = words[1:]
    return bones


def _root(lines: list[list[str]], to_degrees: float) -> Bone:
    about = {words[0].lower(): words[1:] for words in lines}
    order = [name.lower() for name in about["order"]]
    channels = tuple(place for place, name in enumerate(order) if name.startswith("r"))
    angles = torch.tensor([float(value) for value in about["orientation"]]).double() * to_degrees
    axes = turn_about(about["axis"][0].lower(), angles)
    dof = "".join(order[place][1] for place in channels)
    return Bone(None, torch.zeros(3).double(), axes, dof, channels, len(order))


def _bone(about: dict[str, list[str]], parent: str, to_degrees: float) -> Bone:
    *angles, order = about["axis"]
    axes = turn_about(order.lower(), torch.tensor([float(angle) for angle in angles]).double() * to_degrees)
    direction = torch.tensor([float(value) for value in about["direction"]]).double()
    names = [name.lower() for name in about.get("dof", [])]
    channels = tuple(place for place, name in enumerate(names) if name.startswith("r"))
    dof = "".join(names[place][1] for place in channels)
    return Bone(parent, torch.nn.functional.normalize(direction, dim=0), axes, dof, channels, len(names))


def _values(lines: list[list[str]], rate: float) -> dict[str, Tensor]:
    """Each bone's numbers (F, K) in the frames that are taken; every frame must list the same bones."""
    heads = [place for place, words in enumerate(lines[:1000]) if len(words) == 1]
    size = heads[1] if len(heads) > 1 else len(lines)
    if size < 2 or heads[0] != 0 or len(lines) % size:
        raise ValueError("a frame is cut short")
    rows = grid_rows(len(lines) // size, rate)
    names = [words[0] for words in lines[1:size]]
    numbers: list[list[float]] = []
    for row in rows:
        frame = lines[row * size : (row + 1) * size]
        if len(frame[0]) != 1 or [words[0] for words in frame[1:]] != names:
            raise ValueError(f"frame {row + 1} lists other bones than the first")
        numbers.append([float(number) for words in frame[1:] for number in words[1:]])
    table = torch.tensor(numbers, dtype=torch.float64)
    widths = [len(words) - 1 for words in lines[1:size]]
    return dict(zip(names, table.split(widths, 1), strict=True))


def _turn(
    bone: Bone, values: Tensor | None, turns: dict[str, Tensor], in_degrees: bool, count: int
) -> Tensor:
    """Rotation (F, 3, 3) of a bone in the world, its parent's being known."""
    if values is None:
        values = torch.zeros(count, bone.width).double()
    if values.shape[1] != bone.width:
        raise ValueError(f"{values.shape[1]} numbers for a bone of {bone.width}")
    angles = values[:, list(bone.channels)]
    own = turn_about(bone.dof, angles if in_degrees else angles.rad2deg())
    turn: Tensor = bone.axes @ own @ bone.axes.mT
    return turn if bone.parent is None else turns[bone.parent] @ turn
