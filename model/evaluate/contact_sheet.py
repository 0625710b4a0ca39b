"""A contact sheet: many poses as stick figures on one page, to be looked at."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import JOINT_NAMES, NUM_BETAS, PARENTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 8
_COLOURS = {"left": "tab:red", "right": "tab:blue"}


def draw_contact_sheet(rotations: Tensor, body: Body, path: Path) -> None:
    """Draw poses (N, 24, 3, 3), y up, from the front and, paler, from their left; left limbs red, right blue.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    with torch.no_grad():
        joints = body.skeleton(rotations, rotations.new_zeros(len(rotations), NUM_BETAS)).joints
    joints = joints - joints.mean(1, keepdim=True)
    rows = -(-len(joints) // _COLUMNS)
    figure = Figure(figsize=(2 * _COLUMNS, 1.5 * rows), layout="tight")
    panels = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for panel in panels:
        panel.set_axis_off()
    for panel, person in zip(panels, joints, strict=False):
        panel.set_aspect("equal")
        _stick_figure(panel, person[:, [0, 1]] - torch.tensor([0.6, 0.0]), 1.0)
        _stick_figure(panel, person[:, [2, 1]] * torch.tensor([-1.0, 1.0]) + torch.tensor([0.6, 0.0]), 0.6)
    figure.savefig(path, dpi=80)


def _stick_figure(panel: "Axes", points: Tensor, alpha: float) -> None:
    """Bones between points (24, 2), metres."""
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            colour = _COLOURS.get(JOINT_NAMES[joint].partition("_")[0], "black")
            ends = points[[parent, joint]]
            panel.plot(ends[:, 0].tolist(), ends[:, 1].tolist(), color=colour, alpha=alpha, linewidth=1.5)
    head = points[JOINT_NAMES.index("head")]
    panel.plot([float(head[0])], [float(head[1])], "o", color="black", alpha=alpha, markersize=4)
