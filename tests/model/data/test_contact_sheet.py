"""The picture of a library."""

from pathlib import Path

import numpy as np
import pytest

from model.data.contact_sheet import draw_contact_sheet
from model.data.skeleton import Skeleton


@pytest.fixture
def library(tmp_path: Path) -> Path:
    poses = np.random.default_rng(0).normal(0, 0.3, (5, 24, 3))
    np.savez(tmp_path / "a.npz", poses=poses, trial=np.arange(5))
    return tmp_path / "a.npz"


def test_the_same_seed_draws_the_same_picture(library: Path, tmp_path: Path, skeleton: Skeleton) -> None:
    from matplotlib.image import imread

    pictures = []
    for number, seed in enumerate((0, 0, 1)):
        out = tmp_path / "new" / f"{number}.png"
        draw_contact_sheet([library], out, skeleton, count=3, seed=seed)
        pictures.append(imread(out))
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])
    colours = {
        tuple(colour) for colour in (255 * pictures[0][..., :3]).round().astype(int).reshape(-1, 3).tolist()
    }
    assert {(214, 39, 40), (31, 119, 180)} <= colours  # a left and a right side


def test_a_format_that_is_none_is_refused(library: Path, tmp_path: Path, skeleton: Skeleton) -> None:
    with pytest.raises(ValueError, match="bmpp"):
        draw_contact_sheet([library], tmp_path / "a.bmpp", skeleton, count=1)
