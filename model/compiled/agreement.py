"""How far a compiled fit is from the eager one that it stands for."""

from collections.abc import Sequence

import torch

from model.body.body import Body
from model.compiled.graphs import someone
from model.compiled.trajectory import CompiledTrajectory
from model.recovery import Recovery

# Enough for everything that a step hands on to have come back.
_STEPS = 4
# What rounding may come to in radians or standard deviations; a wrong graph is further off than that.
AGREED = 1e-4


@torch.no_grad()
def largest_difference(
    compiled: CompiledTrajectory, recovery: Recovery, body: Body, batches: Sequence[int] = (1, 3)
) -> float:
    """Largest difference of any coordinate of x on the way, radians or standard deviations.

    Args:
        compiled: of the other two.
        recovery, body: the eager ones.
        batches: numbers of people to try it with.
    """
    found = 0.0
    for count in batches:
        observation = someone(count).observation
        _, theirs = compiled(observation, _STEPS)
        _, ours = recovery.trajectory(body, observation, _STEPS)
        apart = torch.stack(theirs.points) - torch.stack(ours.points)
        # Not a number is not alike.
        found = max(found, float(apart.abs().max().nan_to_num(torch.inf)))
    return found
