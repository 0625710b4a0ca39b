"""How far a compiled fit is from the eager one that it stands for."""

from collections.abc import Sequence

import torch

from model.camera import Cameras
from model.fit.compiled.graphs import example_inputs, fields_of
from model.fit.compiled.run import CompiledFit
from model.fit.fitter import Fitter

# Enough for everything that a step hands on to have come back.
_STEPS = 4
# What rounding may come to, as a share of the larger ones of a field's numbers; a wrong graph is off by more.
AGREED = 1e-4


@torch.no_grad()
def largest_difference(compiled: CompiledFit, fitter: Fitter, batches: Sequence[int] = (1, 3)) -> float:
    """Largest difference of any number of the answer: metres, radians; pixels by a hundred.

    Args:
        compiled: of the fitter's recovery and body.
        fitter: that is asked without it.
        batches: numbers of people to try it with.
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
            # Not a number is not alike.
            found = max(found, float(apart.max().nan_to_num(torch.inf)))
    return found
