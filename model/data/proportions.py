"""People of other proportions than the served body's: bone groups with lengths of their own."""

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES, PARENTS

# Bones that are long or short together, by the joint at their end; both sides alike.
BONE_GROUPS: tuple[tuple[str, ...], ...] = (
    ("knee",),
    ("ankle",),
    ("hip",),
    ("spine1", "spine2", "spine3", "neck"),
    ("head",),
    ("collar", "shoulder"),
    ("elbow",),
    ("wrist", "hand"),
    ("foot",),
)

# Where real people end: a bone half as long again is no bone of an adult.
_FARTHEST = 3.0


def draw_scales(count: int, spread: float, generator: torch.Generator) -> Tensor:
    """Lengths of the bones to each joint (count, 24) as shares of the served body's, alike within a group.

    Args:
        count: people.
        spread: standard deviation of the logarithm of each group's share.
        generator: of all randomness.
    """
    drawn = torch.randn(count, len(BONE_GROUPS), generator=generator).clamp(-_FARTHEST, _FARTHEST)
    return (drawn * spread).exp() @ _members()


def _members() -> Tensor:
    """(groups, 24), 1 where a joint's bone belongs to a group; the root's is in none, and stays as it is."""
    table = torch.zeros(len(BONE_GROUPS), len(PARENTS))
    for row, group in enumerate(BONE_GROUPS):
        for joint, name in enumerate(JOINT_NAMES):
            if name.removeprefix("left_").removeprefix("right_") in group:
                table[row, joint] = 1.0
    return table
