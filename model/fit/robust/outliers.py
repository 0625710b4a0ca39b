"""Fits once more without false detections: a single keypoint that is far off bends the whole body.

Before a short fit has converged, a true keypoint may be far off too, so such people are first fitted longer.
A person that fits well but at a few keypoints is fitted again without the farthest of them, and that
fit is looked at in its turn. It stands if it brings the body nearer to all that are left, and none of these
is far off. Else the first fit is kept: it is something else that is wrong.
"""

import torch
from torch import Tensor

from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D, RefitFn

# Set on poses held back from training (`hmr evaluate faults` on the validation split).
#
# A keypoint is far if the body is farther from it than this share of the person's box, and this share of the
# distance from the farthest one: a body bent by one outlier is far from true keypoints, too.
_FAR = 0.1
_NEAR_FARTHEST = 0.7
# The mean distance from the remaining keypoints must fall to this share.
_NEARER = 0.85
# No remaining keypoint may be farther off than this share of the box.
_TOO_FAR = 0.15
# More than this many keypoints are not outliers, but a sign of another error.
_MOST_FALSE = 3
_FEWEST_LEFT = 6
# Steps after which a fit has converged.
_CONVERGED = 16


def reject_outliers(
    first: FitResult, given: Keypoints2D, size: Tensor, refit_fn: RefitFn[FitResult]
) -> tuple[FitResult, Keypoints2D]:
    """Return the fit without outliers, and its keypoints. People do not affect each other.

    Args:
        first: the fit to all keypoints.
        given: all keypoints.
        size: (B,), longer sides of the people's boxes, pixels.
        refit_fn: refits some of the people to fewer keypoints.
    """
    best, kept = result, used = first, given
    people = first.fitted.nonzero()[:, 0]
    for _ in range(_MOST_FALSE):
        distance = _converged(used.distance(result.keypoints2d), used, size, refit_fn)
        if not any_far(distance, size):
            break
        people, fewer = _without_farthest(distance, size, used, given, people)
        if not len(people):
            break
        found = refit_fn(people, fewer)
        result, used = result.replaced(people, found), used.replaced(people, fewer)
        good = found.fitted & _is_good(found, fewer, best.rows(people), size[people])
        best = best.replaced(people[good], found.rows(good))
        kept = kept.replaced(people[good], fewer.rows(good))
        # People that still fit badly may drop one keypoint more.
        people = people[found.fitted]
    return best, kept


def _converged(distance: Tensor, used: Keypoints2D, size: Tensor, refit_fn: RefitFn[FitResult]) -> Tensor:
    """Return distances (B, 25), of people with a far keypoint those after a longer fit."""
    rows = (distance > _FAR * size[:, None]).any(1).nonzero()[:, 0]
    if not len(rows):
        return distance
    some = used.rows(rows)
    found = refit_fn(rows, some, steps=_CONVERGED)
    longer = some.distance(found.keypoints2d).where(found.fitted[:, None], distance[rows])
    return distance.index_copy(0, rows, longer)


def any_far(distance: Tensor, size: Tensor) -> bool:
    """Return whether any keypoint may be an outlier, by distances (B, 25) from the body."""
    return bool((distance > _FAR * size[:, None]).any())


def _is_good(found: FitResult, fewer: Keypoints2D, before: FitResult, size: Tensor) -> Tensor:
    """Return a mask (B,) of bodies nearer to the remaining keypoints than before, and far from none."""
    distance = fewer.distance(found.keypoints2d)
    nearer = fewer.mean(distance) < _NEARER * fewer.mean(fewer.distance(before.keypoints2d))
    return nearer & (distance <= _TOO_FAR * size[:, None]).all(1)


def _without_farthest(
    distance: Tensor, size: Tensor, used: Keypoints2D, given: Keypoints2D, people: Tensor
) -> tuple[Tensor, Keypoints2D]:
    """Return the people with a keypoint far off, and their keypoints without it."""
    far = distance > torch.maximum(_FAR * size, _NEAR_FARTHEST * distance.amax(1))[:, None]
    fewer = Keypoints2D(used.pixels, used.confidence.masked_fill(far, 0.0))
    left, all_seen = (fewer.confidence > 0).sum(1), (given.confidence > 0).sum(1)
    sensible = far.any(1) & (left >= _FEWEST_LEFT) & (all_seen - left <= _MOST_FALSE)
    people = people[sensible[people]]
    return people, fewer.rows(people)
