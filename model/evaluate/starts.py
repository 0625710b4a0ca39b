"""Starts of a fit: the learned first guess, and the mean pose."""

from collections.abc import Callable

import roma
import torch
from torch import Tensor

from model.body.joints import NUM_BETAS
from model.data.source import PoseSource
from model.fit.network import Recovery
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace, start

# How a fit begins: x (B, 70) and its space.
Start = Callable[[Observation], tuple[Tensor, PoseSpace]]
# From y up to y down, and towards the lens.
_FACING = torch.diag(torch.tensor([1.0, -1.0, -1.0]))
# Drawn poses that a mean is taken of.
_AVERAGED = 4096


def initializer_of(recovery: Recovery) -> Start:
    """Return the start at the learned first guess."""

    def begin(observation: Observation) -> tuple[Tensor, PoseSpace]:
        guess = recovery.initializer(observation)
        return start(guess.rotations, guess.betas)

    return begin


def mean_pose(source: PoseSource) -> Start:
    """Return the start upright, facing the camera, in a source's mean pose and the mean shape."""
    rotations = mean_rotations(source)

    def begin(observation: Observation) -> tuple[Tensor, PoseSpace]:
        count = len(observation.keypoints)
        return start(rotations.expand(count, -1, -1, -1), rotations.new_zeros(count, NUM_BETAS))

    return begin


def mean_rotations(source: PoseSource) -> Tensor:
    """Rotations (24, 3, 3) upright, facing the camera, in the mean of poses drawn from a source."""
    mean = source.draw(_AVERAGED, torch.Generator().manual_seed(0)).mean(0)
    return torch.cat([_FACING[None], roma.special_procrustes(mean)[1:]])
