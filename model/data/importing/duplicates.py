"""Near-duplicates among poses: how far two are apart, whichever way they face and wherever they stand."""

import torch
from torch import Tensor

_BLOCK = 512


def distances(one: Tensor, other: Tensor) -> Tensor:
    """Root mean square distance (N, M) of joints, metres, smallest over turns about y and shifts.

    With the horizontal coordinates of a pose's joints as complex numbers h, a turn multiplies them by a
    number of length one, and sum |h - e^{ia} h'|^2 is smallest, over a, at |h|^2 + |h'|^2 - 2 |<h, h'>|.

    Args:
        one: (N, J, 3) joints, metres, y up.
        other: (M, J, 3).
    """
    flat, heights = zip(*(_split(joints) for joints in (one, other)), strict=True)
    square = 0.0
    for parts, overlap in (
        (flat, (flat[0] @ flat[1].mH).abs()),
        (heights, heights[0] @ heights[1].mT),
    ):
        norms = [part.abs().square().sum(1) for part in parts]
        square = square + norms[0][:, None] + norms[1][None] - 2 * overlap
    return (torch.as_tensor(square).clamp_min(0.0) / one.shape[1]).sqrt()


def distinct(joints: Tensor, closest: float) -> Tensor:
    """Return a mask (N,) of poses (N, J, 3) of which no two are nearer than `closest`, metres.

    In order: a pose is left out if it is near one that was kept before.
    """
    keep = torch.zeros(len(joints), dtype=torch.bool)
    kept = joints[:0]
    for start in range(0, len(joints), _BLOCK):
        block = joints[start : start + _BLOCK]
        new = (distances(block, kept) >= closest).all(1)
        near = distances(block, block) < closest
        for row in range(len(block)):
            new[row] &= not (near[row, :row] & new[:row]).any()
        keep[start : start + _BLOCK] = new
        kept = torch.cat([kept, block[new]])
    return keep


def _split(joints: Tensor) -> tuple[Tensor, Tensor]:
    """Complex horizontal places (N, J) and heights (N, J), from the joints' centre."""
    centred = (joints - joints.mean(1, keepdim=True)).double()
    return torch.complex(centred[..., 0], centred[..., 2]), centred[..., 1]
