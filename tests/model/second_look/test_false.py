"""False detections are found by a fit that is plain: a body that can only be moved about."""

import pytest
import torch
from torch import Tensor

from model.camera import Pinhole
from model.fit_result import FitResult, FitStatus
from model.keypoints.names import NUM_CANONICAL
from model.second_look.false import leave_out_false
from model.second_look.seen import Again, Seen
from model.view import bounding_box

COUNT = 5
SIZE = 200.0
WRIST, ANKLE, EAR, HEEL = 4, 11, 17, 24


def shape() -> Tensor:
    """Keypoints of the body (25, 2) about zero, in a box of SIZE."""
    points = torch.rand(NUM_CANONICAL, 2, generator=torch.Generator().manual_seed(0))
    return (points / torch.tensor([2.0, 1.0]) - 0.25) * SIZE


def fitted(pixels: Tensor, confidence: Tensor) -> FitResult:
    """The body moved by the mean of what is seen: a false keypoint draws all of it along."""
    seen = (confidence > 0)[..., None]
    shift = ((pixels - shape()) * seen).sum(1) / seen.sum(1).clamp_min(1)
    count = len(pixels)
    few = seen.sum(1)[:, 0] < 4
    codes = few * FitStatus.TOO_FEW_KEYPOINTS.code
    nothing = torch.zeros(count)
    places = torch.cat([shape() + shift[:, None], torch.zeros(count, 2, 2)], 1)
    return FitResult(
        codes, *[nothing] * 6, places, shift, nothing, nothing, Pinhole(*[nothing + shift[:, 0]] * 4)
    )


def people() -> tuple[Tensor, Tensor]:
    """Five of them in different places, with a pixel of jitter, whose keypoints are not all seen."""
    generator = torch.Generator().manual_seed(1)
    place = torch.rand(COUNT, 1, 2, generator=generator) * 900
    jitter = torch.randn(COUNT, NUM_CANONICAL, 2, generator=generator)
    confidence = torch.rand(COUNT, NUM_CANONICAL, generator=generator).clamp_min(0.2)
    confidence[:, 7:10] = 0.0
    return shape() + place + jitter, confidence


def box_size(seen: Seen) -> Tensor:
    return bounding_box(seen.pixels, seen.confidence > 0)[1]


def refitted(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
    return fitted(*other)


def look(pixels: Tensor, confidence: Tensor, again: Again = refitted) -> tuple[FitResult, Tensor]:
    """The fit without false keypoints, and which these are."""
    given = Seen(pixels, confidence)
    result, used = leave_out_false(fitted(pixels, confidence), given, box_size(given), again)
    assert torch.equal(used.pixels, pixels)
    assert (used.confidence <= confidence).all()
    return result, used.confidence < confidence


def spoilt(pixels: Tensor, who: int, which: list[int], share: float = 0.8) -> Tensor:
    pixels = pixels.clone()
    turn = torch.arange(len(which)) * 2.4
    pixels[who, which] += share * SIZE * torch.stack([turn.cos(), turn.sin()], 1)
    return pixels


def test_good_fits_are_not_fitted_again() -> None:
    pixels, confidence = people()

    def never(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        raise AssertionError(who)

    result, left_out = look(pixels, confidence, never)
    assert torch.equal(result.reprojection, fitted(pixels, confidence).reprojection)
    assert not left_out.any()


@pytest.mark.parametrize("false", [[WRIST], [WRIST, ANKLE], [EAR, ANKLE, HEEL]], ids=str)
def test_false_keypoints_are_left_out_of_one_persons_fit(false: list[int]) -> None:
    pixels, confidence = people()
    spoilt_pixels = spoilt(pixels, 2, false)
    result, left_out = look(spoilt_pixels, confidence)
    expected = torch.zeros_like(left_out)
    expected[2, false] = True
    assert torch.equal(left_out, expected)
    # As if they had never been sent.
    unseen = fitted(pixels, confidence.masked_fill(expected, 0.0))
    torch.testing.assert_close(result.reprojection, unseen.reprojection)
    torch.testing.assert_close(result.camera.fx, unseen.camera.fx)


def test_a_slight_one_does_not_hide_behind_another() -> None:
    """Nor the other behind it: without the first alone the fit is not good yet."""
    pixels, confidence = people()
    pixels = spoilt(spoilt(pixels, 2, [WRIST], 0.8), 2, [ANKLE], 0.25)
    _, left_out = look(pixels, confidence)
    assert left_out[2].nonzero()[:, 0].tolist() == [WRIST, ANKLE]
    assert left_out.sum() == 2


def test_a_keypoint_that_a_longer_fit_meets_is_not_false() -> None:
    pixels, confidence = people()
    true = spoilt(pixels, 2, [WRIST])

    def slow(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        """After a few steps the arm is not there yet, after many it is."""
        found = fitted(pixels[who], other.confidence)
        if steps is not None:
            found.reprojection[:, WRIST] = true[who, WRIST]
        return found

    given = Seen(true, confidence)
    first = fitted(pixels, confidence)
    result, used = leave_out_false(first, given, box_size(given), slow)
    assert torch.equal(used.confidence, confidence)
    assert torch.equal(result.reprojection, first.reprojection)


def test_what_is_anything_at_all_where_nothing_was_seen_does_no_harm() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST])
    confidence[:, HEEL] = 0.0
    pixels[:, HEEL] = 0.0
    expected = look(pixels, confidence)
    pixels[:, HEEL] = torch.nan

    def clean(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels.nan_to_num(), other.confidence)

    given = Seen(pixels, confidence)
    first = fitted(pixels.nan_to_num(), confidence)
    result, used = leave_out_false(first, given, box_size(given), clean)
    torch.testing.assert_close(result.reprojection, expected[0].reprojection)
    assert (used.confidence < confidence).sum() == 1


def test_more_than_a_few_are_not_false_one_by_one() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST, ANKLE, EAR, HEEL])
    result, left_out = look(pixels, confidence)
    assert not left_out.any()
    assert torch.equal(result.reprojection, fitted(pixels, confidence).reprojection)


def test_who_has_hardly_any_other_keypoint_keeps_the_false_one() -> None:
    pixels, confidence = people()
    confidence[2, 12:] = 0.0
    pixels = spoilt(pixels, 2, [WRIST])
    assert look(pixels, confidence)[1].sum() == 1
    confidence[2, 5:] = 0.0
    assert not look(pixels, confidence)[1].any()


def test_a_missing_keypoint_is_not_false() -> None:
    pixels, confidence = people()
    pixels[:, 8] = 1e6
    assert not look(pixels, confidence)[1].any()


def test_a_fit_that_is_no_better_does_not_stand() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST])
    first = fitted(pixels, confidence)

    def same(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        return first.rows(who)

    result, left_out = look(pixels, confidence, same)
    assert not left_out.any()
    assert torch.equal(result.reprojection, first.reprojection)


def test_a_fit_that_failed_does_not_stand() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST])

    def failed(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels, torch.zeros_like(other.confidence))

    assert not look(pixels, confidence, failed)[1].any()


def test_who_was_not_fitted_is_let_be() -> None:
    pixels, confidence = people()
    confidence[0, 3:] = 0.0
    result, left_out = look(spoilt(pixels, 0, [1]), confidence)
    assert result.codes[0] == FitStatus.TOO_FEW_KEYPOINTS.code
    assert not left_out.any()


def test_each_persons_answer_is_their_own() -> None:
    pixels, confidence = people()
    pixels = spoilt(spoilt(pixels, 3, [ANKLE]), 1, [WRIST, EAR])
    together, left_out = look(pixels, confidence)
    assert left_out.sum() == 3
    order = torch.tensor([3, 1, 4, 0, 2])
    mixed, mixed_left_out = look(pixels[order], confidence[order])
    torch.testing.assert_close(mixed.reprojection, together.reprojection[order])
    assert torch.equal(mixed_left_out, left_out[order])
    for i in range(COUNT):
        alone, alone_left_out = look(pixels[i : i + 1], confidence[i : i + 1])
        torch.testing.assert_close(alone.reprojection[0], together.reprojection[i])
        assert torch.equal(alone_left_out[0], left_out[i])


def test_nobody_is_fine() -> None:
    result, left_out = look(torch.zeros(0, NUM_CANONICAL, 2), torch.zeros(0, NUM_CANONICAL))
    assert result.status == []
    assert left_out.shape == (0, NUM_CANONICAL)
