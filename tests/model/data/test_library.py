"""Pose libraries: reading, weighing and refusing them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.library import LibraryError, load_library
from model.rotation import matrix_to_rotvec


def write(path: Path, trials: list[int], seed: int = 0) -> Path:
    """A library with a pose for each entry of `trials`."""
    poses = np.random.default_rng(seed).normal(0, 0.3, (len(trials), 24, 3)).astype(np.float32)
    np.savez(path, poses=poses, trial=np.array(trials))
    return path


def test_poses_come_back_as_rotations(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", [0, 0, 1])
    library = load_library([path])
    assert len(library) == 3
    poses = torch.from_numpy(np.load(path)["poses"])
    torch.testing.assert_close(matrix_to_rotvec(library.rotations), poses, atol=1e-5, rtol=0)


def test_a_trial_counts_as_the_root_of_its_size(tmp_path: Path) -> None:
    """Neither do long trials decide everything nor single poses."""
    library = load_library([write(tmp_path / "a.npz", [7] * 16 + [-2] * 4 + [10**12])])
    assert library.weights.sum().item() == pytest.approx(1.0)
    long, short, single = library.weights[:16].sum(), library.weights[16:20].sum(), library.weights[20]
    assert (long / short).item() == pytest.approx(2.0)
    assert (short / single).item() == pytest.approx(2.0)


def test_a_weight_draws_a_trial_so_many_times_as_often(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", [0] * 4 + [1] * 4 + [2])
    with np.load(path) as data:
        np.savez(
            tmp_path / "b.npz", poses=data["poses"], trial=data["trial"], weight=np.array([3.0, 1.0, 0.0])
        )
    weights = load_library([tmp_path / "b.npz"]).weights
    assert weights.tolist() == pytest.approx([3 / 16] * 4 + [1 / 16] * 4 + [0.0])


def test_weights_of_one_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", [0] * 4 + [1] * 2 + [2])
    with np.load(path) as data:
        np.savez(tmp_path / "b.npz", poses=data["poses"], trial=data["trial"], weight=np.ones(3, int))
    assert torch.equal(load_library([path]).weights, load_library([tmp_path / "b.npz"]).weights)


@pytest.mark.parametrize(
    ("shares", "first"), [(None, 0.25), ([1.0, 1.0], 0.5), ([8.0, 2.0], 0.8), ([0, 1], 0.0)]
)
def test_files_are_drawn_from_by_their_shares(
    tmp_path: Path, shares: list[float] | None, first: float
) -> None:
    paths = [write(tmp_path / "a.npz", [0] * 5), write(tmp_path / "b.npz", list(range(15)), seed=1)]
    library = load_library(paths, shares)
    assert library.weights[:5].sum().item() == pytest.approx(first)
    drawn = library.draw(4000, torch.Generator().manual_seed(0))
    of_first = (drawn[:, None] == library.rotations[None, :5]).flatten(2).all(2).any(1).float().mean()
    assert of_first.item() == pytest.approx(first, abs=0.03)


def test_drawing_is_seeded(tmp_path: Path) -> None:
    library = load_library([write(tmp_path / "a.npz", list(range(30)))])
    one, same, other = (library.draw(20, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


_POSES, _TRIAL = np.zeros((4, 24, 3), np.float32), np.arange(4)


def _bytes_of_array() -> bytes:
    file = io.BytesIO()
    np.save(file, _POSES)
    return file.getvalue()


REFUSED: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("poses"),
    "half a file": lambda path: path.write_bytes(write(path, [0, 1]).read_bytes()[:700]),
    "a single array": lambda path: path.write_bytes(_bytes_of_array()),
    "no trials": lambda path: np.savez(path, poses=_POSES),
    "other names": lambda path: np.savez(path, pose=_POSES, trial=_TRIAL),
    "flat poses": lambda path: np.savez(path, poses=_POSES.reshape(4, 72), trial=_TRIAL),
    "other joints": lambda path: np.savez(path, poses=_POSES[:, :22], trial=_TRIAL),
    "no poses": lambda path: np.savez(path, poses=_POSES[:0], trial=_TRIAL[:0]),
    "too few trials": lambda path: np.savez(path, poses=_POSES, trial=_TRIAL[:3]),
    "a number for trials": lambda path: np.savez(path, poses=_POSES, trial=3),
    "a number for poses": lambda path: np.savez(path, poses=3.0, trial=_TRIAL),
    "NaN": lambda path: np.savez(path, poses=_POSES * np.nan, trial=_TRIAL),
    "text for poses": lambda path: np.savez(path, poses=_POSES.astype(str), trial=_TRIAL),
    "too few weights": lambda path: np.savez(path, poses=_POSES, trial=_TRIAL, weight=np.ones(3)),
    "weights and any trial": lambda path: np.savez(path, poses=_POSES, trial=_TRIAL - 1, weight=np.ones(4)),
    "a negative weight": lambda path: np.savez(
        path, poses=_POSES, trial=_TRIAL, weight=np.array([1, 1, -1, 1])
    ),
    "no weight at all": lambda path: np.savez(path, poses=_POSES, trial=_TRIAL, weight=np.zeros(4)),
    "weights of NaN": lambda path: np.savez(path, poses=_POSES, trial=_TRIAL, weight=np.full(4, np.nan)),
    "weights of text": lambda path: np.savez(path, poses=_POSES, trial=_TRIAL, weight=np.array(["1"] * 4)),
    "pickled": lambda path: np.savez(path, poses=_POSES.astype(object), trial=_TRIAL),
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED)
def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "poses.npz"
    spoil(path)
    with pytest.raises(LibraryError, match=r"poses\.npz"):
        load_library([path])


@pytest.mark.parametrize("shares", [[1.0], [1.0, 2.0, 3.0], [0.0, 0.0], [1.0, -0.5]], ids=str)
def test_shares_that_fit_nothing_are_refused(tmp_path: Path, shares: list[float]) -> None:
    paths = [write(tmp_path / "a.npz", [0]), write(tmp_path / "b.npz", [0])]
    with pytest.raises(LibraryError, match=r"[Ss]hares"):
        load_library(paths, shares)


def test_no_file_is_no_library() -> None:
    with pytest.raises(LibraryError, match="No pose library"):
        load_library([])
