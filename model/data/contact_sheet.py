"""A picture of a pose library: random poses as stick figures from the front and the side (extra `train`)."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from model.body.joints import JOINT_NAMES, PARENTS
from model.data.importing.posture import heading
from model.data.library import load_library
from model.data.skeleton import Skeleton

matplotlib.use("Agg")

_COLUMNS, _REACH = 8, 1.0  # metres from the middle of a figure to its frame
_HEAD = JOINT_NAMES.index("head")
_NOSE = 0.15  # metres
_LEFT, _RIGHT, _MIDDLE, _FACE = "tab:red", "tab:blue", "black", "tab:green"


def draw_contact_sheet(
    paths: Sequence[Path], out: Path, skeleton: Skeleton, count: int = 24, seed: int = 0
) -> None:
    """Draw `count` poses as training draws them, each facing the reader and then to the reader's right.

    Left limbs are red, right ones blue, the direction of the face green.

    Args:
        paths: pose libraries.
        out: picture to write; its ending tells the format.
        skeleton: whose bones are drawn.
        count: of poses.
        seed: of the choice.

    Raises:
        LibraryError: a file is no pose library.
        ValueError: matplotlib knows no format of this name.
    """
    drawn = load_library(paths).draw(count, torch.Generator().manual_seed(seed))
    turns, joints = skeleton.pose(drawn)
    facing = heading(turns[:, 0]).mT
    nose = joints[:, _HEAD] + turns[:, _HEAD, :, 2] * _NOSE
    points = torch.cat([joints, nose[:, None]], 1) @ facing.mT
    rows = -(-count // _COLUMNS)
    figure = Figure(figsize=(1.6 * _COLUMNS, 3.2 * rows), layout="constrained")
    grid = figure.subplots(2 * rows, _COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for number, pose in enumerate(points):
        row, column = divmod(number, _COLUMNS)
        for view, name in enumerate(("front", "side")):
            _draw(grid[2 * row + view, column], pose, view)
            grid[2 * row + view, column].set_title(f"{number + 1} {name}", fontsize=7)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=90)


def _draw(axes: Axes, points: Tensor, view: int) -> None:
    """One figure: seen from ahead its left is on the reader's right; from its right side it looks right."""
    across = points[:, 0] if view == 0 else points[:, 2]
    height = points[:, 1]
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            ends = [joint, parent]
            axes.plot(across[ends], height[ends], color=_colour(JOINT_NAMES[joint]), linewidth=1.5)
    axes.plot(across[[_HEAD, -1]], height[[_HEAD, -1]], color=_FACE, linewidth=2)
    axes.plot(across[_HEAD], height[_HEAD], "o", color=_MIDDLE, markersize=4)
    centre = [float((part.min() + part.max()) / 2) for part in (across, height)]
    axes.set(xlim=(centre[0] - _REACH, centre[0] + _REACH), ylim=(centre[1] - _REACH, centre[1] + _REACH))
    axes.set_aspect("equal")


def _colour(joint: str) -> str:
    return {"left": _LEFT, "right": _RIGHT}.get(joint.split("_")[0], _MIDDLE)
