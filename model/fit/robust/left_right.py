"""Fits once more with left and right swapped, in legs, arms or the face, as detectors confuse them.

A person that fits badly there is fitted again with sides swapped, with hips or shoulders and without. The
best of these fits stands if it is clearly nearer to all keypoints.
"""

import torch
from torch import Tensor

from model.body.landmarks import MIRRORED_KEYPOINTS
from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D, RefitFn
from model.keypoints.names import CANONICAL_NAMES

# Set on poses held back from training (`hmr evaluate faults` on the validation split).
#
# Limbs are doubtful if the body's mean distance from their keypoints is above this share of the box.
_DOUBTFUL = 0.02
# The mean distance from all keypoints must fall to this share.
_NEARER = 0.75


def _named(*parts: str) -> Tensor:
    return torch.tensor([n.startswith(("left", "right")) and n.endswith(parts) for n in CANONICAL_NAMES])


# Swapped keypoints: limbs with the joint at the trunk, and without.
LEGS = (_named("hip", "knee", "ankle", "heel", "toe"), _named("knee", "ankle", "heel", "toe"))
ARMS = (_named("shoulder", "elbow", "wrist"), _named("elbow", "wrist"))
FACE = (_named("eye", "ear"), _named("ear"))
# In the order of the columns that `correct_left_right` returns.
LIMBS = {"legs": LEGS, "arms": ARMS, "eyes and ears": FACE}
_WHOLE = torch.stack([whole for whole, _ in LIMBS.values()], 1).float()


def correct_left_right(
    first: FitResult, given: Keypoints2D, size: Tensor, refit_fn: RefitFn[FitResult]
) -> tuple[FitResult, Keypoints2D, Tensor]:
    """Return the corrected fit, its keypoints, and a mask (B, 3) of swapped limbs.

    All swaps are compared, since swapping the wrong limbs helps, too: with arms and legs swapped the body
    faces the other way.

    Args:
        first: the fit to the given keypoints.
        given: detected keypoints.
        size: (B,), longer sides of the people's boxes, pixels.
        refit_fn: refits some of the people to other keypoints.
    """
    result, used = first, given
    swapped = torch.zeros(len(given.pixels), len(LIMBS), dtype=torch.bool, device=given.pixels.device)
    people = first.fitted
    for _ in LIMBS:  # Both may be swapped, one after the other.
        some = (people & doubtful(used.distance(result.keypoints2d), used, size)).nonzero()[:, 0]
        if not len(some):
            break
        rows, found, other, limbs = _other_way(some, result, used, refit_fn)
        result, used = result.replaced(rows, found), used.replaced(rows, other)
        swapped[rows, limbs] ^= True
        people = torch.zeros_like(people).index_fill(0, rows, True)
    return result, used, swapped


def _other_way(
    people: Tensor, result: FitResult, used: Keypoints2D, refit_fn: RefitFn[FitResult]
) -> tuple[Tensor, FitResult, Keypoints2D, Tensor]:
    """Return the people that fit better with a limb swapped, their fits, keypoints and limbs."""
    seen = used.rows(people)
    before = seen.mean(seen.distance(result.rows(people).keypoints2d))
    ways = [swap_sides(seen, part) for parts in LIMBS.values() for part in parts]
    every = Keypoints2D.cat(ways)
    # The initializer alone decides which swap is the best.
    guessed = _mean_distance(refit_fn(people.repeat(len(ways)), every, steps=0), every)
    least, way = guessed.unflatten(0, (len(ways), len(people))).min(0)
    hopeful = (least < before).nonzero()[:, 0]
    if not len(hopeful):
        none = people[:0]
        return none, result.rows(none), used.rows(none), none
    other = every.rows(way[hopeful] * len(people) + hopeful)
    found = refit_fn(people[hopeful], other)
    nearer = _mean_distance(found, other) < _NEARER * before[hopeful]
    limbs = way[hopeful[nearer]] // (len(ways) // len(LIMBS))
    return people[hopeful[nearer]], found.rows(nearer), other.rows(nearer), limbs


def _mean_distance(result: FitResult, seen: Keypoints2D) -> Tensor:
    """Return the mean distance (B,), infinite for people that were not fitted."""
    return seen.mean(seen.distance(result.keypoints2d)).where(result.fitted, torch.inf)


def swap_sides(seen: Keypoints2D, part: Tensor) -> Keypoints2D:
    """Return keypoints with left and right swapped in a part (25,) of them."""
    other = seen.pixels[:, MIRRORED_KEYPOINTS], seen.confidence[:, MIRRORED_KEYPOINTS]
    part = part.to(seen.pixels.device)
    return Keypoints2D(other[0].where(part[:, None], seen.pixels), other[1].where(part, seen.confidence))


def doubtful(distance: Tensor, given: Keypoints2D, size: Tensor) -> Tensor:
    """Return a mask (B,) of people with legs, arms or face far from their keypoints, by distances (B, 25)."""
    whole = _WHOLE.to(size)
    seen = (given.confidence > 0).to(size) @ whole
    return (distance @ whole > _DOUBTFUL * size[:, None] * seen).any(1)
