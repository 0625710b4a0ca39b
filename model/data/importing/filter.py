"""From a clip to the poses of it that a library keeps: on the grid, checked, thinned."""

from dataclasses import replace

import numpy as np
import torch

from model.data.importing.checks import Tally, faults, first_faults, straighten_wrists
from model.data.importing.clip import GRID, Clip, grid_rows
from model.rotation import matrix_to_rotvec, rotvec_to_matrix

THINNED = "between two that were taken"


def sift(clip: Clip, per_second: float) -> tuple[Clip, Tally]:
    """The poses of a clip that are sound, about `per_second` of them a second, with their frames.

    Poses without order of time are checked one by one, and not thinned.

    Raises:
        ClipError: the clip's rate is none that a recording has.
    """
    if not len(clip.poses):
        return replace(clip, frames=np.arange(0)), Tally()
    rows = np.arange(len(clip.poses)) if clip.rate is None else grid_rows(len(clip.poses), clip.rate)
    frames = np.arange(len(rows)) if clip.frames is None else clip.frames[rows]
    rotations, changed = straighten_wrists(rotvec_to_matrix(torch.from_numpy(clip.poses[rows])))
    good, left_out = first_faults(faults(rotations, in_order=clip.rate is not None))
    tally = Tally(len(rows), left_out)
    if clip.rate is not None:
        step = max(1, round(GRID / per_second))
        taken = good & torch.from_numpy(frames % step == 0)
        tally.left_out[THINNED] = int((good & ~taken).sum())
        good = taken
    if changed:
        tally.changed["wrists straightened"] = changed
    poses = matrix_to_rotvec(rotations[good]).numpy()
    return replace(clip, poses=poses, frames=frames[good.numpy()], rate=None), tally
