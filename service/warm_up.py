"""Somebody to fit before anybody comes."""

import numpy as np

from model.body.joints import NUM_BETAS
from model.keypoints.names import NUM_CANONICAL
from service.fitting import FitJob


def warm_up_job(people: int) -> FitJob:
    """Somebody shapeless, so many times: only the sizes matter."""
    line = np.linspace(0, 100, 2 * NUM_CANONICAL, dtype=np.float32).reshape(1, NUM_CANONICAL, 2)
    keypoints = np.concatenate([line, np.ones((1, NUM_CANONICAL, 1), np.float32)], 2)
    return FitJob(
        keypoints=np.repeat(keypoints, people, 0),
        cameras=np.full((people, 4), np.nan, np.float32),
        betas=np.full((people, NUM_BETAS), np.nan, np.float32),
        steps=4,
        mesh=np.ones(people, np.bool_),
    )
