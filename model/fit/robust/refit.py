"""Robust refit: left/right correction, then outlier rejection."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.fit.observation import bounding_box, without_strays
from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D, RefitFn
from model.fit.robust.left_right import LIMBS, correct_left_right, doubtful
from model.fit.robust.outliers import any_far, reject_outliers


class RobustFit(NamedTuple):
    """The result of a robust fit, with the corrections of the detections.

    Attributes:
        result: fits of B people.
        used: the keypoints of the fits.
        outliers: (B, 25), rejected keypoints, after the correction of sides.
        swapped: (B, 3), True for the parts of `LIMBS` with left and right exchanged in the input.
    """

    result: FitResult
    used: Keypoints2D
    outliers: Tensor
    swapped: Tensor


def refit(first: FitResult, given: Keypoints2D, refit_fn: RefitFn[FitResult]) -> RobustFit:
    """Refit people with implausible detections. People do not affect each other.

    Args:
        first: the fit to all keypoints as detected.
        given: detected keypoints.
        refit_fn: refits some of the people to other keypoints.
    """
    seen = given.confidence > 0
    _, size = bounding_box(given.pixels, seen)
    distance = given.distance(first.keypoints2d)
    far = any_far(distance, size)
    if not (far or doubtful(distance, given, size).any()):
        return RobustFit(first, given, torch.zeros_like(seen), seen.new_zeros(len(seen), len(LIMBS)))
    if far:
        # One keypoint at the other end of the picture makes all others near.
        _, size = bounding_box(given.pixels, without_strays(given.pixels, seen))
    result, sided, swapped = correct_left_right(first, given, size, refit_fn)
    result, used = reject_outliers(result, sided, size, refit_fn)
    return RobustFit(result, used, (sided.confidence > 0) & (used.confidence <= 0), swapped)
