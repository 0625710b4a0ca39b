"""Fits once more with left and right exchanged, in legs, arms or the face, as detectors confuse them.

Who is fitted badly there is fitted with sides the other way round, with hips or shoulders and without. The
best of these fits stands if it is clearly nearer to all keypoints.
"""

import torch
from torch import Tensor

from model.fit_result import FitResult
from model.keypoints.names import CANONICAL_NAMES
from model.mirror import MIRRORED_KEYPOINTS
from model.second_look.seen import Again, Seen, was_fitted

# Set on poses held back from training (`hmr evaluate faults` on the validation split).
#
# The body's mean distance from the limbs' keypoints, share of the box, from which on they are in doubt.
_DOUBTFUL = 0.02
# The mean distance from all keypoints must fall to this share.
_NEARER = 0.75


def _named(*parts: str) -> Tensor:
    return torch.tensor([n.startswith(("left", "right")) and n.endswith(parts) for n in CANONICAL_NAMES])


# What is exchanged: limbs with the joint at the trunk, and without.
LEGS = (_named("hip", "knee", "ankle", "heel", "toe"), _named("knee", "ankle", "heel", "toe"))
ARMS = (_named("shoulder", "elbow", "wrist"), _named("elbow", "wrist"))
FACE = (_named("eye", "ear"), _named("ear"))
# By the order of their columns in `put_sides_right`.
LIMBS = {"legs": LEGS, "arms": ARMS, "eyes and ears": FACE}
_WHOLE = torch.stack([whole for whole, _ in LIMBS.values()], 1).float()


def put_sides_right(
    first: FitResult, given: Seen, size: Tensor, again: Again
) -> tuple[FitResult, Seen, Tensor]:
    """The fit with sides put right, what it was made to, and of whom which limbs were exchanged (B, 3).

    All ways are tried, as to exchange the wrong limbs helps, too: with arms and legs exchanged one faces the
    other way.

    Args:
        first: the fit to the keypoints as they came.
        given: these.
        size: of the people's boxes (B,), pixels.
        again: fits some of the people to others.
    """
    result, used = first, given
    exchanged = torch.zeros(len(given.pixels), len(LIMBS), dtype=torch.bool, device=given.pixels.device)
    people = was_fitted(first)
    for _ in LIMBS:  # It may be several, one after the other.
        some = (people & doubtful(used.distance(result), used, size)).nonzero()[:, 0]
        if not len(some):
            break
        who, found, other, limbs = _other_way(some, result, used, again)
        result, used = result.replaced(who, found), used.replaced(who, other)
        exchanged[who, limbs] ^= True
        people = torch.zeros_like(people).index_fill(0, who, True)
    return result, used, exchanged


def _other_way(
    people: Tensor, result: FitResult, used: Seen, again: Again
) -> tuple[Tensor, FitResult, Seen, Tensor]:
    """Those of the people who are fitted better the other way round: how, to what, and which limbs it is."""
    seen = used.rows(people)
    before = seen.mean(seen.distance(result.rows(people)))
    ways = [exchange(seen, part) for parts in LIMBS.values() for part in parts]
    every = Seen(*map(torch.cat, zip(*ways, strict=True)))
    # The initializer alone tells which way is the best.
    guessed = _mean_distance(again(people.repeat(len(ways)), every, steps=0), every)
    least, way = guessed.unflatten(0, (len(ways), len(people))).min(0)
    hopeful = (least < before).nonzero()[:, 0]
    if not len(hopeful):
        nobody = people[:0]
        return nobody, result.rows(nobody), used.rows(nobody), nobody
    other = every.rows(way[hopeful] * len(people) + hopeful)
    found = again(people[hopeful], other)
    nearer = _mean_distance(found, other) < _NEARER * before[hopeful]
    limbs = way[hopeful[nearer]] // (len(ways) // len(LIMBS))
    return people[hopeful[nearer]], found.rows(nearer), other.rows(nearer), limbs


def _mean_distance(result: FitResult, seen: Seen) -> Tensor:
    """(B,), infinite for who was not fitted."""
    return seen.mean(seen.distance(result)).where(was_fitted(result), torch.inf)


def exchange(seen: Seen, part: Tensor) -> Seen:
    """With left for right in a part (25,) of the keypoints."""
    other = seen.pixels[:, MIRRORED_KEYPOINTS], seen.confidence[:, MIRRORED_KEYPOINTS]
    part = part.to(seen.pixels.device)
    return Seen(other[0].where(part[:, None], seen.pixels), other[1].where(part, seen.confidence))


def doubtful(distance: Tensor, given: Seen, size: Tensor) -> Tensor:
    """(B,), whose legs, arms or face are far from their keypoints, by the distances (B, 25) of these."""
    whole = _WHOLE.to(size)
    seen = (given.confidence > 0).to(size) @ whole
    return (distance @ whole > _DOUBTFUL * size[:, None] * seen).any(1)
