"""Fits once more without false detections: a single keypoint that is far off bends the whole body.

A true keypoint, too, is far off before the fit has converged, so who has one is first fitted with more steps.
Who is fitted well everywhere but at a few keypoints is fitted again without the farthest of them, and that
fit is looked at in its turn. It stands if it brings the body nearer to all that are left, and none of these
is far off. Else the first fit is kept: it is something else that is wrong.
"""

import torch
from torch import Tensor

from model.fit_result import FitResult
from model.second_look.seen import Again, Seen, was_fitted

# Set on poses held back from training (`hmr evaluate faults` on the validation split).
#
# A keypoint is far if the body is farther from it than this share of the person's box, and this share of the
# distance from the farthest one: what is bent by one false keypoint is far from true ones, too.
_FAR = 0.1
_NEAR_FARTHEST = 0.7
# The mean distance from the keypoints that are left must fall to this share.
_NEARER = 0.85
# No keypoint that is left may be farther off than this share of the box.
_TOO_FAR = 0.15
# More keypoints than these are not false one by one.
_MOST_FALSE = 3
_FEWEST_LEFT = 6
# Steps after which a fit has converged as far as it ever does.
_CONVERGED = 16


def leave_out_false(first: FitResult, given: Seen, size: Tensor, again: Again) -> tuple[FitResult, Seen]:
    """The fit without false detections, and what it was made to. Each person's is their own.

    Args:
        first: the fit to all keypoints.
        given: these.
        size: of the people's boxes (B,), pixels.
        again: fits some of the people to fewer.
    """
    best, kept = result, used = first, given
    people = was_fitted(first).nonzero()[:, 0]
    for _ in range(_MOST_FALSE):
        distance = _converged(used.distance(result), used, size, again)
        if not any_far(distance, size):
            break
        people, fewer = _without_farthest(distance, size, used, given, people)
        if not len(people):
            break
        found = again(people, fewer)
        result, used = result.replaced(people, found), used.replaced(people, fewer)
        good = was_fitted(found) & _is_good(found, fewer, best.rows(people), size[people])
        best = best.replaced(people[good], found.rows(good))
        kept = kept.replaced(people[good], fewer.rows(good))
        # Who isn't well off yet may be without one keypoint more.
        people = people[was_fitted(found)]
    return best, kept


def _converged(distance: Tensor, used: Seen, size: Tensor, again: Again) -> Tensor:
    """Distances (B, 25) at the end of a longer fit, where after a short one some keypoint is far."""
    who = (distance > _FAR * size[:, None]).any(1).nonzero()[:, 0]
    if not len(who):
        return distance
    some = used.rows(who)
    found = again(who, some, steps=_CONVERGED)
    return distance.index_copy(0, who, some.distance(found).where(was_fitted(found)[:, None], distance[who]))


def any_far(distance: Tensor, size: Tensor) -> bool:
    """Whether anyone has a keypoint that may be false, by the distances (B, 25) of the body from it."""
    return bool((distance > _FAR * size[:, None]).any())


def _is_good(found: FitResult, fewer: Seen, before: FitResult, size: Tensor) -> Tensor:
    """(B,), whose body is nearer to what is left than before, and far from none of it."""
    distance = fewer.distance(found)
    nearer = fewer.mean(distance) < _NEARER * fewer.mean(fewer.distance(before))
    return nearer & (distance <= _TOO_FAR * size[:, None]).all(1)


def _without_farthest(
    distance: Tensor, size: Tensor, used: Seen, given: Seen, people: Tensor
) -> tuple[Tensor, Seen]:
    """Those of the people with a keypoint far off, and what is seen of them without it."""
    far = distance > torch.maximum(_FAR * size, _NEAR_FARTHEST * distance.amax(1))[:, None]
    fewer = Seen(used.pixels, used.confidence.masked_fill(far, 0.0))
    left, all_seen = (fewer.confidence > 0).sum(1), (given.confidence > 0).sum(1)
    sensible = far.any(1) & (left >= _FEWEST_LEFT) & (all_seen - left <= _MOST_FALSE)
    people = people[sensible[people]]
    return people, fewer.rows(people)
