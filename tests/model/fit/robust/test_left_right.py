"""Sides that were sent the other way round, found by a body that can only be moved about."""

import pytest
import torch
from torch import Tensor

from model.fit.result import FitResult
from model.fit.robust.keypoints import Keypoints2D, RefitFn
from model.fit.robust.left_right import LIMBS, correct_left_right, swap_sides
from model.keypoints.names import CANONICAL_NAMES
from tests.model.fit.robust.test_outliers import COUNT, box_size, fitted, people, refitted


def look(
    first: FitResult, given: Keypoints2D, refit_fn: RefitFn[FitResult]
) -> tuple[FitResult, Keypoints2D, Tensor]:
    return correct_left_right(first, given, box_size(given), refit_fn)


def fitted_to(keypoints: Keypoints2D) -> FitResult:
    return fitted(keypoints.pixels, keypoints.confidence)


WAYS = [(name, trunk) for name in LIMBS for trunk in (True, False)]


def part(name: str, trunk: bool) -> Tensor:
    whole, outer = LIMBS[name]
    return whole if trunk else outer


def sent(swaps: dict[int, tuple[str, bool]]) -> tuple[Keypoints2D, Keypoints2D]:
    """True keypoints, and with some people's sides swapped."""
    true = Keypoints2D(*people())
    faulty = true
    for i, way in swaps.items():
        row = torch.tensor([i])
        faulty = faulty.replaced(row, swap_sides(true.rows(row), part(*way)))
    return true, faulty


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_sides_are_put_right(way: tuple[str, bool]) -> None:
    true, faulty = sent({1: way})
    result, used, swapped = look(fitted_to(faulty), faulty, refitted)
    expected = torch.zeros(COUNT, len(LIMBS), dtype=torch.bool)
    expected[1, list(LIMBS).index(way[0])] = True
    assert torch.equal(swapped, expected)
    assert torch.equal(used.pixels, true.pixels)
    assert torch.equal(used.confidence, true.confidence)
    torch.testing.assert_close(result.keypoints2d, fitted_to(true).keypoints2d)


def test_true_sides_are_not_tried() -> None:
    true, _ = sent({})

    def never(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        raise AssertionError(people)

    result, used, swapped = look(fitted_to(true), true, never)
    assert not swapped.any()
    assert torch.equal(used.pixels, true.pixels)
    assert torch.equal(result.keypoints2d, fitted_to(true).keypoints2d)


def test_people_do_not_affect_each_other() -> None:
    true, faulty = sent(dict(enumerate(WAYS[:COUNT])))
    result, used, swapped = look(fitted_to(faulty), faulty, refitted)
    assert swapped.sum() == COUNT
    assert torch.equal(used.confidence, true.confidence)
    for i in range(COUNT):
        row = torch.tensor([i])
        alone = look(fitted_to(faulty.rows(row)), faulty.rows(row), refitted)
        torch.testing.assert_close(alone[0].keypoints2d[0], result.keypoints2d[i])
        assert torch.equal(alone[2][0], swapped[i])


def test_both_limbs_are_put_right_one_after_the_other() -> None:
    true, faulty = sent({1: ("legs", True), 3: ("arms", False)})
    row = torch.tensor([1])
    faulty = faulty.replaced(row, swap_sides(faulty.rows(row), part("arms", True)))
    result, used, swapped = look(fitted_to(faulty), faulty, refitted)
    assert swapped.tolist() == [
        [False] * 3, [True, True, False], [False] * 3, [False, True, False], [False] * 3,
    ]  # fmt: skip
    assert torch.equal(used.pixels, true.pixels)
    torch.testing.assert_close(result.keypoints2d, fitted_to(true).keypoints2d)


def test_people_that_no_swap_helps_affect_no_others() -> None:
    """Among others that each need another swap."""
    true, faulty = sent(dict(zip((1, 2, 4), WAYS[1:4], strict=True)))
    both = (0, 3)  # with limbs that are off alike on either side
    for i in both:
        faulty.pixels[i, LIMBS["legs"][0]] += torch.tensor([0.0, 60.0])
    first = fitted_to(faulty)
    result, used, swapped = look(first, faulty, refitted)
    assert swapped.any(1).tolist() == [False, True, True, False, True]
    for i in range(COUNT):
        expected = first.keypoints2d[i] if i in both else fitted_to(true).keypoints2d[i]
        torch.testing.assert_close(result.keypoints2d[i], expected)
        assert torch.equal(used.pixels[i], (faulty if i in both else true).pixels[i])


def test_what_is_no_better_does_not_stand() -> None:
    _, faulty = sent({1: WAYS[0]})
    first = fitted_to(faulty)

    def worse(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels + 50, other.confidence)

    result, used, swapped = look(first, faulty, worse)
    assert not swapped.any()
    assert torch.equal(used.pixels, faulty.pixels)
    assert torch.equal(result.keypoints2d, first.keypoints2d)


def test_what_fails_does_not_stand() -> None:
    _, faulty = sent({1: WAYS[0]})

    def failed(people: Tensor, other: Keypoints2D, /, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels, other.confidence * (steps == 0))

    assert not look(fitted_to(faulty), faulty, failed)[2].any()


def test_people_that_were_not_fitted_stay_as_they_are() -> None:
    _, faulty = sent({1: WAYS[0]})
    faulty.confidence[1, 3:] = 0.0
    assert not look(fitted_to(faulty), faulty, refitted)[2].any()


def test_swapping_twice_changes_nothing() -> None:
    true = Keypoints2D(*people())
    for way in WAYS:
        once = swap_sides(true, part(*way))
        assert not torch.equal(once.pixels, true.pixels)
        assert torch.equal(swap_sides(once, part(*way)).pixels, true.pixels)
        same = ~part(*way)
        assert torch.equal(once.pixels[:, same], true.pixels[:, same])


def test_limbs_are_of_two_sides() -> None:
    for name in LIMBS:
        for trunk in (True, False):
            names = {n for n, is_in in zip(CANONICAL_NAMES, part(name, trunk).tolist(), strict=True) if is_in}
            assert {n.replace("left", "right") for n in names} == {n for n in names if n.startswith("right")}
            assert any(n.endswith(("hip", "shoulder")) for n in names) == (trunk and name != "eyes and ears")


def test_an_empty_batch_succeeds() -> None:
    empty = Keypoints2D(torch.zeros(0, 25, 2), torch.zeros(0, 25))
    assert look(fitted_to(empty), empty, refitted)[2].shape == (0, len(LIMBS))
