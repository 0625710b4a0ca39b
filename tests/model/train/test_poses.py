"""Where a run's poses come from, and what it says of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.library import PoseLibrary, load_library
from model.data.source import PoseMix
from model.prior.file import PriorError
from model.prior.prior import PosePrior
from model.rotation import matrix_to_rotvec
from model.train.poses import HELD_OUT, held_out_samples, load_poses, shipped_prior
from tests.model.people import random_poses
from tests.model.train.runs import CONFIG


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "poses.npz"
    np.savez(path, poses=matrix_to_rotvec(random_poses(5, seed=0)).numpy(), trial=np.arange(5))
    return path


def test_without_data_the_shipped_prior_is_drawn_from_and_validated_on() -> None:
    reported: list[str] = []
    data = load_poses([], [], CONFIG, reported.append)
    assert isinstance(data.train, PosePrior)
    assert len(data.validation) == HELD_OUT
    assert [line.split(":")[0] for line in reported] == ["poses", "validation"]
    assert "held-out samples" in reported[1]


def test_held_out_samples_are_always_the_same() -> None:
    one, same = (held_out_samples(shipped_prior()) for _ in range(2))
    assert torch.equal(one.rotations, same.rotations)
    assert one.weights.sum().item() == pytest.approx(1.0)


def test_no_iteration_draws_held_out_samples() -> None:
    prior = shipped_prior()
    held_out = held_out_samples(prior).rotations[:100]
    trained = prior.draw(100, torch.Generator().manual_seed(1_000_003))
    assert (held_out - trained).flatten(1).abs().amax(1).min() > 1e-3


def test_with_data_nothing_has_changed_and_no_prior_is_needed(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMR_WEIGHTS", str(tmp_path))
    reported: list[str] = []
    data = load_poses([file], [file], CONFIG, reported.append)
    library = load_library([file])
    for part in (data.train, data.validation):
        assert isinstance(part, PoseLibrary)
        assert torch.equal(part.rotations, library.rotations)
    assert not reported


def test_a_share_of_the_prior_is_mixed_in(file: Path) -> None:
    reported: list[str] = []
    data = load_poses([file], [file], replace(CONFIG, prior_share=0.25), reported.append)
    assert isinstance(data.train, PoseMix)
    assert data.train.share == 0.25
    assert isinstance(data.train.second, PosePrior)
    assert "25%" in reported[0]


def test_data_may_be_validated_on_samples(file: Path) -> None:
    data = load_poses([file], [], CONFIG, lambda line: None)
    assert isinstance(data.train, PoseLibrary)
    assert len(data.validation) == HELD_OUT


def test_a_missing_prior_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMR_WEIGHTS", str(tmp_path))
    with pytest.raises(PriorError, match="No pose prior"):
        load_poses([], [], CONFIG, lambda line: None)
