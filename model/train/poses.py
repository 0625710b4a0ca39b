"""Poses of a run: from pose libraries, the shipped pose prior, or both."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from model.data.library import PoseLibrary, load_library
from model.data.source import PoseMix, PoseSource
from model.prior.file import load_prior
from model.prior.prior import PosePrior
from model.train.config import TrainConfig
from model.train.identity import TrainData
from model.weights import weights_folder

PRIOR = Path("prior") / "poses.safetensors"
# How many samples of the prior a run is validated on, and their seed, which no iteration of any run has.
HELD_OUT = 1000
_HELD_OUT_SEED = 2**62


def load_poses(
    data: Sequence[Path], validation: Sequence[Path], config: TrainConfig, report: Callable[[str], None]
) -> TrainData:
    """Load the poses to train and validate on; `report` is called if the shipped prior replaces files.

    Raises:
        LibraryError, PriorError: a file can't be used; the message says which.
    """
    return TrainData(_to_train_on(data, config, report), poses_to_validate_on(validation, report))


def shipped_prior() -> PosePrior:
    """The prior of the weights folder; PriorError if it isn't there."""
    return load_prior(weights_folder() / PRIOR)


def held_out_samples(prior: PosePrior) -> PoseLibrary:
    """The same samples of a prior every time."""
    rotations = prior.draw(HELD_OUT, torch.Generator().manual_seed(_HELD_OUT_SEED))
    return PoseLibrary(rotations, torch.full((HELD_OUT,), 1 / HELD_OUT))


def _to_train_on(data: Sequence[Path], config: TrainConfig, report: Callable[[str], None]) -> PoseSource:
    if not data:
        report("poses: no data was given, so all are drawn from the shipped pose prior")
        return shipped_prior()
    library = load_library(data, config.data_shares or None)
    if not config.prior_share:
        return library
    report(f"poses: {config.prior_share:.0%} are drawn from the pose prior")
    return PoseMix(library, shipped_prior(), config.prior_share)


def poses_to_validate_on(validation: Sequence[Path], report: Callable[[str], None]) -> PoseLibrary:
    """Return the poses of files, or held-out samples of the shipped prior without any."""
    if validation:
        return load_library(validation)
    report(
        f"validation: no data was given, so {HELD_OUT} held-out samples of the shipped pose prior are used"
    )
    return held_out_samples(shipped_prior())
