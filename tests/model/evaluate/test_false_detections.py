"""False keypoints: as many as asked for, as far as meant, and what they cost."""

import pytest
import torch

from model.data.library import PoseLibrary
from model.evaluate.false_detections import evaluate_false_detections, put_false
from model.fit import Fitter
from model.weights import load_served
from tests.model.people import random_poses

COUNT = 40


@pytest.mark.parametrize("count", [0, 1, 3])
def test_seen_keypoints_become_false(count: int) -> None:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.rand(COUNT, 25, 2, generator=generator) * 100
    pixels[:, 0], pixels[:, 1] = 0.0, 100.0  # so that every box is 100 large
    confidence = torch.full((COUNT, 25), 0.9)
    confidence[:, 2::2] = 0.0
    spoilt, told, false = put_false(pixels, confidence, count, generator)
    assert (false.sum(1) == count).all()
    assert not false[:, 2::2].any()
    assert torch.equal(spoilt[~false], pixels[~false])
    assert torch.equal(told[~false], confidence[~false])
    moved = (spoilt - pixels).norm(dim=-1)[false]
    assert ((moved > 9.99) & (moved < 100.01)).all()
    assert ((told[false] >= 0.3) & (told[false] <= 0.8)).all()


def test_the_second_look_finds_them() -> None:
    fitter: Fitter = load_served().fitter
    library = PoseLibrary(random_poses(COUNT, seed=0), torch.full((COUNT,), 1 / COUNT))
    none, one = evaluate_false_detections(fitter, library, 1)
    assert none.found == 0
    assert none.lost < 0.01
    assert none.pa_mpjpe_mm == pytest.approx(none.pa_mpjpe_mm_served, rel=0.02)
    assert one.pa_mpjpe_mm_served < one.pa_mpjpe_mm
    assert one.found > 0.4
    assert evaluate_false_detections(fitter, library, 1) == [none, one]
