"""Detection of BODY_25 sent as BODY_25B and vice versa, which have the same length."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.triplets import Triplets

_TWINS = {Layout.BODY_25: Layout.BODY_25B, Layout.BODY_25B: Layout.BODY_25}

_BONES = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (
        ("eye", "ear"), ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"),
        ("knee", "ankle"), ("ankle", "heel"), ("heel", "big_toe"), ("big_toe", "small_toe"),
    )
)  # fmt: skip

# Read in the wrong order, bones join far parts of the body. On 340 real people of both layouts the right
# reading's bones have 0.29 to 0.79 of the wrong one's length, so that this leaves room on both sides.
_CLEARLY_SHORTER = 0.9
_FEWEST_BONES = 5


def likely_twin(points: Triplets, layout: Layout) -> Layout | None:
    """The layout of the same length in which these keypoints (25, 3) make a far more compact person.

    None if the layout has no such twin, if too little is visible, or if it looks right as it is.
    """
    twin = _TWINS.get(layout)
    if twin is None:
        return None
    as_said, as_twin = _mean_bones(points, (layout, twin))
    return twin if as_twin < _CLEARLY_SHORTER * as_said else None


def _mean_bones(points: Triplets, layouts: tuple[Layout, ...]) -> list[float]:
    """Return the mean length of the visible bones in each layout; NaN (which compares false) for too few."""
    ends = points[_bone_ends(layouts)]
    seen = (ends[..., 2] > 0).all(-1)
    across = ends[:, :, 0] - ends[:, :, 1]
    total, count = (np.hypot(across[..., 0], across[..., 1]) * seen).sum(1), seen.sum(1)
    pairs = zip(total.tolist(), count.tolist(), strict=True)
    return [length / bones if bones >= _FEWEST_BONES else float("nan") for length, bones in pairs]


@cache
def _bone_ends(layouts: tuple[Layout, ...]) -> NDArray[np.intp]:
    """Places (layouts, bones, 2) of the bones' ends in each layout."""
    names = [LAYOUT_NAMES[layout] for layout in layouts]
    return np.array([[[own.index(a), own.index(b)] for a, b in _BONES] for own in names])
