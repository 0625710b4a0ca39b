"""Both looks, one after the other."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.fit_result import FitResult
from model.second_look.exchanged import LIMBS, doubtful, put_sides_right
from model.second_look.false import any_far, leave_out_false
from model.second_look.seen import Again, Seen
from model.view import bounding_box, without_strays


class SecondLook(NamedTuple):
    """The answer, and what was made of the detections on the way.

    Attributes:
        result: of B people.
        used: the keypoints that it was fitted to.
        left_out: (B, 25), by the body's sides: detections that are false.
        exchanged: (B, 3), of whom which of `LIMBS` had left for right.
    """

    result: FitResult
    used: Seen
    left_out: Tensor
    exchanged: Tensor


def look_again(first: FitResult, given: Seen, again: Again) -> SecondLook:
    """The fit to what can be true of the detections. Each person's answer is their own.

    Args:
        first: the fit to all keypoints as they came.
        given: these.
        again: fits some of the people anew to other keypoints.
    """
    seen = given.confidence > 0
    _, size = bounding_box(given.pixels, seen)
    distance = given.distance(first)
    far = any_far(distance, size)
    if not (far or doubtful(distance, given, size).any()):
        return SecondLook(first, given, torch.zeros_like(seen), seen.new_zeros(len(seen), len(LIMBS)))
    if far:
        # One keypoint at the other end of the picture makes all others near.
        _, size = bounding_box(given.pixels, without_strays(given.pixels, seen))
    result, sided, exchanged = put_sides_right(first, given, size, again)
    result, used = leave_out_false(result, sided, size, again)
    return SecondLook(result, used, (sided.confidence > 0) & (used.confidence <= 0), exchanged)
