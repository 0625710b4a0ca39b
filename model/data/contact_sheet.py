"""A contact sheet: poses as stick figures from the front and the side, to be looked at (extra `train`)."""

from pathlib import Path

import matplotlib
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import Tensor

from model.body.joints import JOINT_NAMES, PARENTS
from model.data.importing.posture import heading
from model.data.skeleton import Skeleton

matplotlib.use("Agg")

_COLUMNS = 8
_WIDTH, _HEIGHT = 1.9, 2.0  # metres that each figure gets
_HEAD = JOINT_NAMES.index("head")
_NOSE = 0.15  # metres
_LEFT, _RIGHT, _MIDDLE, _FACE = "tab:red", "tab:blue", "black", "tab:green"


def draw_contact_sheet(rotations: Tensor, out: Path, skeleton: Skeleton) -> None:
    """Draw poses, each facing the reader and then to the reader's right.

    Left limbs are red, right ones blue, the direction of the face green.

    Args:
        rotations: (N, 24, 3, 3), y up, of any heading.
        out: picture to write; its ending decides the format.
        skeleton: the drawn skeleton.

    Raises:
        ValueError: matplotlib knows no format of this name.
    """
    turns, joints = skeleton.pose(rotations)
    nose = joints[:, _HEAD] + turns[:, _HEAD, :, 2] * _NOSE
    points = torch.cat([joints, nose[:, None]], 1) @ heading(turns[:, 0])
    columns, rows = min(len(points), _COLUMNS), -(-len(points) // _COLUMNS)
    # One pair of axes for all figures: hundreds of them take a minute to draw.
    figure = Figure(figsize=(1.6 * columns, 3.4 * rows))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, _WIDTH * columns), ylim=(-2 * _HEIGHT * rows, 0), aspect="equal")
    axes.axis("off")
    for number, pose in enumerate(points):
        row, column = divmod(number, columns)
        for view, name in enumerate(("front", "side")):
            middle = torch.tensor([(column + 0.5) * _WIDTH, -(2 * row + view + 0.55) * _HEIGHT])
            _draw(axes, pose, view, middle)
            title = f"{number + 1} {name}"
            axes.text(float(middle[0]), float(middle[1]) + 0.5 * _HEIGHT, title, fontsize=7, ha="center")
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=90)


def _draw(axes: Axes, points: Tensor, view: int, middle: Tensor) -> None:
    """Draw one figure; from the front its left is on the right, from its right side it faces right."""
    flat = points[:, [0, 1]] if view == 0 else points[:, [2, 1]]
    flat = flat - (flat.amin(0) + flat.amax(0)) / 2 + middle
    bones = [(joint, parent) for joint, parent in enumerate(PARENTS) if parent >= 0] + [(_HEAD, -1)]
    colours = [*(_colour(JOINT_NAMES[joint]) for joint, _ in bones[:-1]), _FACE]
    lines = [flat[list(bone)].numpy() for bone in bones]
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=1.5))
    axes.plot(*flat[_HEAD].tolist(), "o", color=_MIDDLE, markersize=4)


def _colour(joint: str) -> str:
    return {"left": _LEFT, "right": _RIGHT}.get(joint.split("_")[0], _MIDDLE)
