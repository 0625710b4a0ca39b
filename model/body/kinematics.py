"""Forward kinematics, level by level: one batched product per depth of the tree instead of one per joint."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class KinematicTree:
    """A tree of joints sorted by depth.

    Attributes:
        parents: (J - 1,), of all joints but the root.
        by_depth: (J,), the joints in order of depth.
        order: (J,), puts joints sorted so back into their own numbering.
        sizes: number of joints at each depth.
        above: for each depth but the root's, the place of each joint's parent within the depth before.
        below: (J, J), 1 where the column's joint is the row's or hangs on it, else 0.
    """

    parents: Tensor
    by_depth: Tensor
    order: Tensor
    sizes: tuple[int, ...]
    above: tuple[Tensor, ...]
    below: Tensor

    @classmethod
    def from_parents(cls, parents: tuple[int, ...]) -> "KinematicTree":
        """Build the tree from each joint's parent; joint 0 is the root (-1), parents come before children."""
        depth = [0] * len(parents)
        for joint in range(1, len(parents)):
            depth[joint] = depth[parents[joint]] + 1
        levels = [[j for j in range(len(parents)) if depth[j] == d] for d in range(max(depth) + 1)]
        below = torch.eye(len(parents))
        for joint in range(len(parents) - 1, 0, -1):
            below[parents[joint]] += below[joint]
        by_depth = [joint for level in levels for joint in level]
        return cls(
            torch.tensor(parents[1:], dtype=torch.int64),
            torch.tensor(by_depth),
            torch.tensor(by_depth).argsort(),
            tuple(len(level) for level in levels),
            tuple(
                torch.tensor([above.index(parents[child]) for child in children])
                for above, children in pairwise(levels)
            ),
            below,
        )


def forward_kinematics(rotations: Tensor, rest_joints: Tensor, tree: KinematicTree) -> tuple[Tensor, Tensor]:
    """Pose a skeleton.

    Args:
        rotations: (B, 24, 3, 3), each joint relative to its parent; the root's is the global orientation.
        rest_joints: (B, 24, 3), metres, in the zero pose.
        tree: the parents of all joints.

    Returns:
        Global rotations (B, 24, 3, 3) and joints (B, 24, 3), metres. The root stays where it rests.
    """
    device = rotations.device
    local = _local_motions(rotations, rest_joints, tree).index_select(1, tree.by_depth.to(device))
    root, *deeper = local.split(tree.sizes, 1)
    motion = root[:, :, :3]
    motions = [motion]
    for above, level in zip(tree.above, deeper, strict=True):
        motion = motion.index_select(1, above.to(device)) @ level
        motions.append(motion)
    posed = torch.cat(motions, 1).index_select(1, tree.order.to(device))
    return posed[..., :3], posed[..., 3]


def _local_motions(rotations: Tensor, rest_joints: Tensor, tree: KinematicTree) -> Tensor:
    """Return each joint's motion relative to its parent as (B, J, 4, 4): its rotation, and the bone to it."""
    starts = rest_joints.index_select(1, tree.parents.to(rest_joints.device))
    bones = torch.cat([rest_joints[:, :1], rest_joints[:, 1:] - starts], 1)
    upper = torch.cat([rotations, bones.unsqueeze(-1)], -1)
    bottom = rotations.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(*upper.shape[:2], 1, 4)
    return torch.cat([upper, bottom], 2)


def lengthened(rest_joints: Tensor, shares: Tensor, tree: KinematicTree) -> Tensor:
    """Rest joints (B, 24, 3) with the bone to each of them `shares` (B, 24) times as long; the root stays."""
    bones = rest_joints[:, 1:] - rest_joints.index_select(1, tree.parents.to(rest_joints.device))
    moves = torch.cat([rest_joints[:, :1], bones * shares[:, 1:, None]], 1)
    moved: Tensor = tree.below.mT.to(moves) @ moves
    return moved


def turns_of_parents(turns: Tensor, tree: KinematicTree) -> Tensor:
    """Return the axes (B, 24, 3, 3) in which each joint turns: its parent's of `turns`, or the camera's."""
    root = torch.eye(3).to(turns).expand(turns.shape[0], 1, 3, 3)
    return torch.cat([root, turns.index_select(1, tree.parents.to(turns.device))], 1)
