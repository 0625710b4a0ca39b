"""Fits once more without false detections: a single keypoint that is far off bends the whole body.

Who is fitted well everywhere but at a few keypoints is fitted again without the farthest of them. The new fit
stands if it brings the body nearer to all that are left; then it is looked at in its turn. Who has keypoints
far off even then keeps the first fit: it is something else that is wrong with them.
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
# In the end no keypoint may be farther off than this share of the box.
_TOO_FAR = 0.15
# More keypoints than these are not false one by one.
_MOST_FALSE = 3
_FEWEST_LEFT = 6


def leave_out_false(first: FitResult, given: Seen, size: Tensor, again: Again) -> tuple[FitResult, Seen]:
    """The fit without false detections, and what it was made to. Each person's is their own.

    Args:
        first: the fit to all keypoints.
        given: these.
        size: of the boxes around them (B,), pixels.
        again: fits some of the people to fewer.
    """
    if not (given.distance(first) > _FAR * size[:, None]).any():
        return first, given
    result, used = first, given
    people = was_fitted(first).nonzero()[:, 0]
    for _ in range(_MOST_FALSE):
        distance = used.distance(result)
        people, fewer = _without_farthest(distance, size, used, given, people)
        if not len(people):
            break
        found = again(people, fewer)
        before, after = fewer.mean(distance[people]), fewer.mean(fewer.distance(found))
        nearer = was_fitted(found) & (after < _NEARER * before)
        people, fewer = people[nearer], fewer.rows(nearer)
        result = result.replaced(people, found.rows(nearer))
        used = used.replaced(people, fewer)
    unsettled = (used.distance(result) > _TOO_FAR * size[:, None]).any(1).nonzero()[:, 0]
    return result.replaced(unsettled, first.rows(unsettled)), used.replaced(unsettled, given.rows(unsettled))


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
