"""False detections are found by a fit that is plain: a body that can only be moved about."""

import pytest
import torch
from torch import Tensor

from model.camera import Cameras
from model.fit.observation import bounding_box
from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D, RefitFn
from model.fit.robust.outliers import reject_outliers
from model.keypoints.names import NUM_CANONICAL
from model.status import PersonStatus

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
    codes = few * PersonStatus.TOO_FEW_KEYPOINTS.code
    nothing = torch.zeros(count)
    places = torch.cat([shape() + shift[:, None], torch.zeros(count, 2, 2)], 1)
    zeros = (nothing, nothing, nothing, nothing, nothing, nothing)
    cameras = Cameras.of(*[nothing + shift[:, 0]] * 4)
    return FitResult(codes, *zeros, places, shift, nothing, nothing, cameras)


def people() -> tuple[Tensor, Tensor]:
    """Five of them in different places, with a pixel of jitter, whose keypoints are not all seen."""
    generator = torch.Generator().manual_seed(1)
    place = torch.rand(COUNT, 1, 2, generator=generator) * 900
    jitter = torch.randn(COUNT, NUM_CANONICAL, 2, generator=generator)
    confidence = torch.rand(COUNT, NUM_CANONICAL, generator=generator).clamp_min(0.2)
    confidence[:, 7:10] = 0.0
    return shape() + place + jitter, confidence


def box_size(seen: Keypoints2D) -> Tensor:
    return bounding_box(seen.pixels, seen.confidence > 0)[1]


def refitted(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
    return fitted(other.pixels, other.confidence)


def look(
    pixels: Tensor, confidence: Tensor, refit_fn: RefitFn[FitResult] = refitted
) -> tuple[FitResult, Tensor]:
    """The fit without false keypoints, and which these are."""
    given = Keypoints2D(pixels, confidence)
    result, used = reject_outliers(fitted(pixels, confidence), given, box_size(given), refit_fn)
    assert torch.equal(used.pixels, pixels)
    assert (used.confidence <= confidence).all()
    return result, used.confidence < confidence


def spoilt(pixels: Tensor, person: int, which: list[int], share: float = 0.8) -> Tensor:
    pixels = pixels.clone()
    turn = torch.arange(len(which)) * 2.4
    pixels[person, which] += share * SIZE * torch.stack([turn.cos(), turn.sin()], 1)
    return pixels


def test_good_fits_are_not_fitted_again() -> None:
    pixels, confidence = people()

    def never(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        raise AssertionError(people)

    result, outliers = look(pixels, confidence, never)
    assert torch.equal(result.keypoints2d, fitted(pixels, confidence).keypoints2d)
    assert not outliers.any()


@pytest.mark.parametrize("false", [[WRIST], [WRIST, ANKLE], [EAR, ANKLE, HEEL]], ids=str)
def test_outliers_of_one_person_are_rejected(false: list[int]) -> None:
    pixels, confidence = people()
    spoilt_pixels = spoilt(pixels, 2, false)
    result, outliers = look(spoilt_pixels, confidence)
    expected = torch.zeros_like(outliers)
    expected[2, false] = True
    assert torch.equal(outliers, expected)
    # As if they had never been sent.
    unseen = fitted(pixels, confidence.masked_fill(expected, 0.0))
    torch.testing.assert_close(result.keypoints2d, unseen.keypoints2d)
    torch.testing.assert_close(result.camera.fx, unseen.camera.fx)


def test_a_slight_one_does_not_hide_behind_another() -> None:
    """Nor the other behind it: without the first alone the fit is not good yet."""
    pixels, confidence = people()
    pixels = spoilt(spoilt(pixels, 2, [WRIST], 0.8), 2, [ANKLE], 0.25)
    _, outliers = look(pixels, confidence)
    assert outliers[2].nonzero()[:, 0].tolist() == [WRIST, ANKLE]
    assert outliers.sum() == 2


def test_a_keypoint_that_a_longer_fit_meets_is_not_false() -> None:
    pixels, confidence = people()
    true = spoilt(pixels, 2, [WRIST])

    def slow(rows: Tensor, other: Keypoints2D, *, steps: int | None = None) -> FitResult:
        """After a few steps the arm is not there yet, after many it is."""
        found = fitted(pixels[rows], other.confidence)
        if steps is not None:
            found.keypoints2d[:, WRIST] = true[rows, WRIST]
        return found

    given = Keypoints2D(true, confidence)
    first = fitted(pixels, confidence)
    result, used = reject_outliers(first, given, box_size(given), slow)
    assert torch.equal(used.confidence, confidence)
    assert torch.equal(result.keypoints2d, first.keypoints2d)


def test_pixels_of_missing_keypoints_may_be_anything() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST])
    confidence[:, HEEL] = 0.0
    pixels[:, HEEL] = 0.0
    expected = look(pixels, confidence)
    pixels[:, HEEL] = torch.nan

    def clean(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels.nan_to_num(), other.confidence)

    given = Keypoints2D(pixels, confidence)
    first = fitted(pixels.nan_to_num(), confidence)
    result, used = reject_outliers(first, given, box_size(given), clean)
    torch.testing.assert_close(result.keypoints2d, expected[0].keypoints2d)
    assert (used.confidence < confidence).sum() == 1


def test_more_than_a_few_are_not_false_one_by_one() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST, ANKLE, EAR, HEEL])
    result, outliers = look(pixels, confidence)
    assert not outliers.any()
    assert torch.equal(result.keypoints2d, fitted(pixels, confidence).keypoints2d)


def test_an_outlier_among_few_keypoints_is_kept() -> None:
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

    def same(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        return first.rows(people)

    result, outliers = look(pixels, confidence, same)
    assert not outliers.any()
    assert torch.equal(result.keypoints2d, first.keypoints2d)


def test_a_fit_that_failed_does_not_stand() -> None:
    pixels, confidence = people()
    pixels = spoilt(pixels, 2, [WRIST])

    def failed(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels, torch.zeros_like(other.confidence))

    assert not look(pixels, confidence, failed)[1].any()


def test_people_that_were_not_fitted_stay_as_they_are() -> None:
    pixels, confidence = people()
    confidence[0, 3:] = 0.0
    result, outliers = look(spoilt(pixels, 0, [1]), confidence)
    assert result.codes[0] == PersonStatus.TOO_FEW_KEYPOINTS.code
    assert not outliers.any()


def test_people_do_not_affect_each_other() -> None:
    pixels, confidence = people()
    pixels = spoilt(spoilt(pixels, 3, [ANKLE]), 1, [WRIST, EAR])
    together, outliers = look(pixels, confidence)
    assert outliers.sum() == 3
    order = torch.tensor([3, 1, 4, 0, 2])
    mixed, mixed_outliers = look(pixels[order], confidence[order])
    torch.testing.assert_close(mixed.keypoints2d, together.keypoints2d[order])
    assert torch.equal(mixed_outliers, outliers[order])
    for i in range(COUNT):
        alone, alone_outliers = look(pixels[i : i + 1], confidence[i : i + 1])
        torch.testing.assert_close(alone.keypoints2d[0], together.keypoints2d[i])
        assert torch.equal(alone_outliers[0], outliers[i])


def test_an_empty_batch_succeeds() -> None:
    result, outliers = look(torch.zeros(0, NUM_CANONICAL, 2), torch.zeros(0, NUM_CANONICAL))
    assert result.status == []
    assert outliers.shape == (0, NUM_CANONICAL)
