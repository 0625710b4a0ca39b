"""The picture of poses."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.data.contact_sheet import draw_contact_sheet
from model.data.skeleton import Skeleton
from tests.model.people import random_poses


def picture(count: int, seed: int, folder: Path, skeleton: Skeleton) -> NDArray[np.float32]:
    """Pixels (H, W, 3), 0 to 1, of the sheet of some random poses."""
    from matplotlib.image import imread

    out = folder / "new" / "a.png"
    draw_contact_sheet(random_poses(count, seed), out, skeleton)
    pixels: NDArray[np.float32] = imread(out)[..., :3]
    return pixels


def test_the_same_poses_give_the_same_picture(tmp_path: Path, skeleton: Skeleton) -> None:
    one, same, other = (picture(3, seed, tmp_path, skeleton) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    colours = {tuple(colour) for colour in (255 * one).round().astype(int).reshape(-1, 3).tolist()}
    assert {(214, 39, 40), (31, 119, 180)} <= colours  # a left and a right side


def test_as_many_people_are_shown_as_are_given(tmp_path: Path, skeleton: Skeleton) -> None:
    two, seven = (int((picture(n, 0, tmp_path, skeleton).min(2) < 0.9).sum()) for n in (2, 7))
    assert 0 < 2 * two < seven


def test_a_format_that_is_none_is_refused(tmp_path: Path, skeleton: Skeleton) -> None:
    with pytest.raises(ValueError, match="bmpp"):
        draw_contact_sheet(random_poses(1, seed=0), tmp_path / "a.bmpp", skeleton)
