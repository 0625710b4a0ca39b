"""Verifying a compiled fit against the eager one."""

from collections.abc import Sequence

import torch

from model.camera import Cameras
from model.fit.compiled.graphs import example_inputs, fields_of
from model.fit.fitter import Backend, Fitter

# Enough steps for every part of the state to be used.
_STEPS = 4
# Largest difference that rounding may cause; a wrong graph differs by more.
AGREED = 1e-4


@torch.no_grad()
def largest_difference(compiled: Backend, fitter: Fitter, batches: Sequence[int] = (1, 3)) -> float:
    """Return the largest difference of any number of the result, relative for numbers above 1.

    Args:
        compiled: the compiled fit of the fitter's recovery and body.
        fitter: gives the eager fit.
        batches: numbers of people to compare.
    """
    eager = Fitter(fitter.recovery, fitter.body, fitter.device)
    found = 0.0
    for count in batches:
        pixels, confidence, camera, _ = example_inputs(count)
        given = (pixels, confidence, Cameras(camera))
        pairs = zip(
            fields_of(compiled(*given, steps=_STEPS)), fields_of(eager.fit(*given, steps=_STEPS)), strict=True
        )
        for theirs, ours in pairs:
            apart = (theirs - ours).abs() / ours.abs().clamp_min(1.0)
            # NaN never agrees.
            found = max(found, float(apart.max().nan_to_num(torch.inf)))
    return found
