"""The made-up detector: its faults are as frequent and as large as its configuration says, and seeded."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from model.body.joints import mirrored
from model.data.keypoint_noise import FEWEST, GUESS, DetectorConfig, detect
from model.keypoints.names import CANONICAL_NAMES

FAULTLESS = DetectorConfig(
    perfect=0.0, jitter=0.0, fixed_jitter=True, dropped=0.0, fixed_dropped=True, no_lower=0.0, no_upper=0.0,
    no_side=0.0, no_feet=0.0, swapped=0.0, outliers=0.0, honest=1.0,
)  # fmt: skip
COUNT = 4000


def places(*endings: str) -> list[int]:
    return [i for i, name in enumerate(CANONICAL_NAMES) if name.endswith(endings)]


FEET = places("toe", "heel")
LOWER = sorted([*FEET, *places("knee", "ankle")])
UPPER = places("eye", "ear", "nose", "elbow", "wrist")
LEFT = [i for i, name in enumerate(CANONICAL_NAMES) if name.startswith("left")]
RIGHT = [i for i, name in enumerate(CANONICAL_NAMES) if name.startswith("right")]
SWAPPED = [CANONICAL_NAMES.index(mirrored(name)) for name in CANONICAL_NAMES]


@pytest.fixture(scope="module")
def points() -> Tensor:
    """Exact keypoints (B, 25, 2) of boxes 1 to 3 large."""
    generator = torch.Generator().manual_seed(0)
    size = 1 + 2 * torch.rand(COUNT, 1, 1, generator=generator)
    return torch.rand(COUNT, 25, 2, generator=generator) * size


def found(points: Tensor, seed: int = 0, **faults: Any) -> tuple[Tensor, Tensor]:
    return detect(points, replace(FAULTLESS, **faults), torch.Generator().manual_seed(seed))


def sizes(points: Tensor) -> Tensor:
    return (points.amax(1) - points.amin(1)).amax(1)


def test_a_perfect_detector_is_exact(points: Tensor) -> None:
    pixels, confidence = detect(points, DetectorConfig(perfect=1.0), torch.Generator())
    assert torch.equal(pixels, points)
    assert torch.equal(confidence, torch.ones(COUNT, 25))


def test_the_share_of_the_perfect(points: Tensor) -> None:
    pixels, _ = found(points, perfect=0.3, jitter=0.01)
    exact = (pixels == points).flatten(1).all(1).float().mean()
    assert exact.item() == pytest.approx(0.3, abs=0.03)


def test_the_same_seed_gives_the_same(points: Tensor) -> None:
    one, same, other = (detect(points, DetectorConfig(), torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(one[0], same[0])
    assert torch.equal(one[1], same[1])
    assert not torch.equal(one[0], other[0])


def test_jitter_is_relative_to_the_box_and_larger_at_the_ends(points: Tensor) -> None:
    pixels, _ = found(points, jitter=0.01)
    error = (pixels - points) / sizes(points)[:, None, None]
    factor = torch.ones(25)
    factor[places("wrist", "ankle")] = 2.0
    factor[places("hip", "toe", "heel")] = 1.5
    torch.testing.assert_close(error.std((0, 2)), 0.01 * factor, atol=0, rtol=0.05)
    assert error.mean((0, 1)).abs().max() < 2e-4


def test_jitter_that_is_not_fixed_goes_up_to_its_level(points: Tensor) -> None:
    pixels, _ = found(points, jitter=0.01, fixed_jitter=False)
    level = ((pixels - points) / sizes(points)[:, None, None])[:, places("eye", "ear", "knee")].std((1, 2))
    assert level.quantile(0.5).item() == pytest.approx(0.005, abs=0.001)
    assert level.min() < 0.001


def test_a_larger_picture_has_larger_errors_and_the_same_confidences(points: Tensor) -> None:
    config = DetectorConfig()
    near, far = (detect(points * s + s, config, torch.Generator().manual_seed(3)) for s in (10.0, 1.0))
    torch.testing.assert_close(near[0], far[0] * 10, atol=1e-3, rtol=0)
    torch.testing.assert_close(near[1], far[1], atol=1e-3, rtol=0)


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_the_share_of_missing_keypoints(points: Tensor, share: float) -> None:
    _, confidence = found(points, dropped=share)
    assert (confidence == 0).float().mean().item() == pytest.approx(share, abs=0.01)
    _, varied = found(points, dropped=share, fixed_dropped=False)
    assert (varied == 0).float().mean().item() == pytest.approx(share / 2, abs=0.01)


@pytest.mark.parametrize(("fault", "group"), [("no_lower", LOWER), ("no_upper", UPPER), ("no_feet", FEET)])
def test_missing_parts_are_missing_entirely_and_nothing_else_is(
    points: Tensor, fault: str, group: list[int]
) -> None:
    _, confidence = found(points, 0, **{fault: 0.25})
    hit = (confidence[:, group] == 0).all(1)
    assert hit.float().mean().item() == pytest.approx(0.25, abs=0.03)
    others = [i for i in range(25) if i not in group]
    assert (confidence[:, others] > 0).all()
    assert (confidence[~hit] > 0).all()


def test_one_side_is_missing_either_one(points: Tensor) -> None:
    _, confidence = found(points, no_side=1.0)
    left, right = ((confidence[:, side] == 0).all(1) for side in (LEFT, RIGHT))
    assert (left ^ right).all()
    assert left.float().mean().item() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("share", [0.7, 0.9, 1.0])
def test_six_keypoints_are_left_to_everyone(points: Tensor, share: float) -> None:
    _, confidence = found(points, dropped=share, no_lower=0.5, no_upper=0.5, no_side=0.5)
    seen = (confidence > 0).sum(1)
    assert seen.min() >= 6
    assert (seen == 25).any()


def test_swaps_exchange_left_and_right_of_one_half(points: Tensor) -> None:
    pixels, _ = found(points, swapped=1.0)
    is_lower = torch.zeros(25, 1, dtype=torch.bool)
    is_lower[LOWER] = True
    swapped = points[:, SWAPPED]
    legs = (pixels == torch.where(is_lower, swapped, points)).all((1, 2))
    arms = (pixels == torch.where(is_lower, points, swapped)).all((1, 2))
    assert (legs ^ arms).all()
    assert legs.float().mean().item() == pytest.approx(0.5, abs=0.03)


def test_outliers_are_few_and_far(points: Tensor) -> None:
    pixels, _ = found(points, outliers=0.02)
    off = (pixels - points).norm(dim=-1) / sizes(points)[:, None]
    assert (off > 0).float().mean().item() == pytest.approx(0.02, abs=0.003)
    assert off[off > 0].mean().item() == pytest.approx(0.2 * (torch.pi / 2) ** 0.5, rel=0.1)


def test_guesses_are_a_few_hundredths_off_and_less_trusted(points: Tensor) -> None:
    pixels, confidence = found(points, guessed=0.1)
    error = (pixels - points) / sizes(points)[:, None, None]
    guessed = error.abs().sum(-1) > 0
    assert guessed.float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert error[guessed].std().item() == pytest.approx(GUESS, rel=0.05)
    seen, guesses = confidence[~guessed].mean().item(), confidence[guessed].mean().item()
    assert guesses < 0.5 * seen
    assert confidence.min() >= 0.05


def test_without_guesses_the_random_numbers_are_those_of_before(points: Tensor) -> None:
    one, same = (found(points, 4, jitter=0.01, guessed=share) for share in (0.0, 1e-9))
    assert torch.equal(found(points, 4, jitter=0.01)[0], one[0])
    assert not torch.equal(one[0], same[0])


@pytest.mark.parametrize(("honest", "least", "most"), [(1.0, -1.0, -0.5), (0.0, -0.05, 0.05)])
def test_honest_confidences_follow_the_error_and_others_do_not(
    points: Tensor, honest: float, least: float, most: float
) -> None:
    pixels, confidence = found(points, jitter=0.03, honest=honest)
    off = (pixels - points).norm(dim=-1) / sizes(points)[:, None]
    correlation = torch.corrcoef(torch.stack([off.flatten(), confidence.flatten()]))[0, 1].item()
    assert least <= correlation <= most


def test_confidences_are_shares(points: Tensor) -> None:
    _, confidence = detect(points, DetectorConfig(jitter=0.1), torch.Generator().manual_seed(5))
    seen = confidence[confidence > 0]
    assert seen.min() >= 0.05
    assert seen.max() <= 1
    assert confidence.min() == 0


def test_an_edge_of_the_picture_cuts_off_keypoints_beyond_it(points: Tensor) -> None:
    pixels, confidence = found(points, cut=0.5)
    cut = (confidence == 0).any(1)
    assert cut.float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert ((confidence > 0).sum(1) >= FEWEST).all()
    beyond = torch.zeros(COUNT, dtype=torch.bool)
    for along in (pixels[..., 0], -pixels[..., 0], pixels[..., 1], -pixels[..., 1]):
        kept = along.masked_fill(confidence == 0, -torch.inf).amax(1)
        gone = along.masked_fill(confidence > 0, torch.inf).amin(1)
        beyond |= kept <= gone
    assert beyond.all()
