"""Mixing sources of poses."""

import pytest
import torch

from model.data.library import PoseLibrary
from model.data.source import PoseMix
from tests.model.people import random_poses
from tests.model.prior.priors import small_prior

LIBRARY = PoseLibrary(random_poses(10, seed=0), torch.full((10,), 0.1))


def drawn(share: float, count: int = 1000, seed: int = 0) -> torch.Tensor:
    return PoseMix(LIBRARY, small_prior(), share).draw(count, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_each_source_has_its_share(share: float) -> None:
    poses = drawn(share)
    of_library = (poses[:, None] == LIBRARY.rotations).flatten(2).all(2).any(1)
    assert of_library.float().mean().item() == pytest.approx(1 - share, abs=0.04)


def test_drawing_is_seeded() -> None:
    assert torch.equal(drawn(0.5), drawn(0.5))
    assert not torch.equal(drawn(0.5), drawn(0.5, seed=1))
