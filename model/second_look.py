"""Fits once more without false detections: a single keypoint that is far off bends the whole body.

Who is fitted well everywhere but at a few keypoints is fitted again without the farthest of them. The new fit
stands if it brings the body nearer to all that are left; then it is looked at in its turn. Who has keypoints
far off even then keeps the first fit: it is something else that is wrong with them.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from model.fit_result import FitResult
from model.keypoints.names import NUM_CANONICAL
from model.view import bounding_box

# On poses held back from training, four steps: 36 mm with a detector's usual noise, of which nobody is fitted
# again. One keypoint 0.3 to 1 times the box off: 52 mm, looked at again 38; three of them 77 and 48.
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

# Fits the people with the given indices anew to these confidences (P, 25).
Again = Callable[[Tensor, Tensor], FitResult]


def look_again(
    first: FitResult, pixels: Tensor, confidence: Tensor, again: Again
) -> tuple[FitResult, Tensor]:
    """The answer without false detections, and which were left out (B, 25). Each person's is their own.

    Args:
        first: the fit to all keypoints.
        pixels: (B, 25, 2), canonical keypoints.
        confidence: (B, 25), 0 where missing.
        again: what fits some of the people to fewer keypoints.
    """
    result, used = first, confidence
    _, size = bounding_box(pixels, confidence > 0)
    people = first.usable.nonzero()[:, 0]
    for _ in range(_MOST_FALSE):
        distance = _distance(result, pixels, used)
        people, fewer = _without_farthest(distance, size, used, confidence, people)
        if not len(people):
            break
        found = again(people, fewer)
        before = _mean(distance[people], fewer)
        nearer = found.usable & (_mean(_distance(found, pixels[people], fewer), fewer) < _NEARER * before)
        people, fewer = people[nearer], fewer[nearer]
        result = result.replaced(people, found.rows(nearer))
        used = used.index_copy(0, people, fewer)
    unsettled = (_distance(result, pixels, used) > _TOO_FAR * size[:, None]).any(1).nonzero()[:, 0]
    result = result.replaced(unsettled, first.rows(unsettled))
    used = used.index_copy(0, unsettled, confidence[unsettled])
    return result, (confidence > 0) & (used <= 0)


def _without_farthest(
    distance: Tensor, size: Tensor, used: Tensor, given: Tensor, people: Tensor
) -> tuple[Tensor, Tensor]:
    """Those of the people with a keypoint far off, and their confidences (P, 25) without it."""
    far = distance > torch.maximum(_FAR * size, _NEAR_FARTHEST * distance.amax(1))[:, None]
    fewer = used.masked_fill(far, 0.0)
    left, all_seen = (fewer > 0).sum(1), (given > 0).sum(1)
    sensible = far.any(1) & (left >= _FEWEST_LEFT) & (all_seen - left <= _MOST_FALSE)
    people = people[sensible[people]]
    return people, fewer[people]


def _distance(result: FitResult, pixels: Tensor, used: Tensor) -> Tensor:
    """From the body to the keypoints in use (B, 25), pixels; 0 for the others."""
    distance: Tensor = (result.reprojection[:, :NUM_CANONICAL] - pixels).norm(dim=-1)
    seen: Tensor = used > 0
    return distance * seen


def _mean(distance: Tensor, used: Tensor) -> Tensor:
    seen = used > 0
    return (distance * seen).sum(1) / seen.sum(1)
