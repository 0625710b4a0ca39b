"""Forward kinematics, level by level: one batched product per depth of the tree instead of one per joint."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor


@dataclass(frozen=True)
class KinematicTree:
    """A tree of joints sorted by depth.

    `levels[d]` pairs the joints of depth d + 1 with the place of each one's parent within depth d.
    `order` puts the joints, concatenated by depth, back into their own numbering.
    """

    parents: tuple[int, ...]
    levels: tuple[tuple[list[int], list[int]], ...]
    order: list[int]

    @classmethod
    def from_parents(cls, parents: tuple[int, ...]) -> "KinematicTree":
        """Tree from each joint's parent; joint 0 is the root (-1), parents come before children."""
        depth = [0] * len(parents)
        for joint in range(1, len(parents)):
            depth[joint] = depth[parents[joint]] + 1
        by_depth = [[j for j in range(len(parents)) if depth[j] == d] for d in range(max(depth) + 1)]
        levels = tuple(
            (children, [above.index(parents[child]) for child in children])
            for above, children in pairwise(by_depth)
        )
        flat = [joint for level in by_depth for joint in level]
        return cls(parents, levels, [flat.index(joint) for joint in range(len(parents))])


def forward_kinematics(rotations: Tensor, rest_joints: Tensor, tree: KinematicTree) -> tuple[Tensor, Tensor]:
    """Pose a skeleton.

    Args:
        rotations: (B, 24, 3, 3), each joint relative to its parent; the root's is the global orientation.
        rest_joints: (B, 24, 3), metres, in the zero pose.
        tree: who hangs on whom.

    Returns:
        Global rotations (B, 24, 3, 3) and joints (B, 24, 3), metres. The root stays where it rests.
    """
    bones = rest_joints - rest_joints[:, [max(parent, 0) for parent in tree.parents]]
    turn, place = rotations[:, :1], rest_joints[:, :1]
    turns, places = [turn], [place]
    for children, above in tree.levels:
        turn, place = turn[:, above], place[:, above]
        place = place + (turn @ bones[:, children, :, None]).squeeze(-1)
        turn = turn @ rotations[:, children]
        turns.append(turn)
        places.append(place)
    order = torch.tensor(tree.order, device=rotations.device)
    return torch.cat(turns, 1).index_select(1, order), torch.cat(places, 1).index_select(1, order)
