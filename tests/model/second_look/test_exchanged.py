"""Sides that were sent the other way round, found by a body that can only be moved about."""

import pytest
import torch
from torch import Tensor

from model.fit_result import FitResult
from model.keypoints.names import CANONICAL_NAMES
from model.second_look.exchanged import LIMBS, exchange, put_sides_right
from model.second_look.seen import Again, Seen
from tests.model.second_look.test_false import COUNT, box_size, fitted, people, refitted


def look(first: FitResult, given: Seen, again: Again) -> tuple[FitResult, Seen, Tensor]:
    return put_sides_right(first, given, box_size(given), again)


WAYS = [(name, trunk) for name in LIMBS for trunk in (True, False)]


def part(name: str, trunk: bool) -> Tensor:
    whole, outer = LIMBS[name]
    return whole if trunk else outer


def sent(who: dict[int, tuple[str, bool]]) -> tuple[Seen, Seen]:
    """True keypoints, and with some people's sides exchanged."""
    true = Seen(*people())
    faulty = true
    for i, way in who.items():
        row = torch.tensor([i])
        faulty = faulty.replaced(row, exchange(true.rows(row), part(*way)))
    return true, faulty


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_sides_are_put_right(way: tuple[str, bool]) -> None:
    true, faulty = sent({1: way})
    result, used, exchanged = look(fitted(*faulty), faulty, refitted)
    expected = torch.zeros(COUNT, len(LIMBS), dtype=torch.bool)
    expected[1, list(LIMBS).index(way[0])] = True
    assert torch.equal(exchanged, expected)
    assert all(torch.equal(*pair) for pair in zip(used, true, strict=True))
    torch.testing.assert_close(result.reprojection, fitted(*true).reprojection)


def test_true_sides_are_not_tried() -> None:
    true, _ = sent({})

    def never(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        raise AssertionError(who)

    result, used, exchanged = look(fitted(*true), true, never)
    assert not exchanged.any()
    assert torch.equal(used.pixels, true.pixels)
    assert torch.equal(result.reprojection, fitted(*true).reprojection)


def test_everyones_are_their_own() -> None:
    true, faulty = sent(dict(enumerate(WAYS[:COUNT])))
    result, used, exchanged = look(fitted(*faulty), faulty, refitted)
    assert exchanged.sum() == COUNT
    assert torch.equal(used.confidence, true.confidence)
    for i in range(COUNT):
        row = torch.tensor([i])
        alone = look(fitted(*faulty.rows(row)), faulty.rows(row), refitted)
        torch.testing.assert_close(alone[0].reprojection[0], result.reprojection[i])
        assert torch.equal(alone[2][0], exchanged[i])


def test_both_limbs_are_put_right_one_after_the_other() -> None:
    true, faulty = sent({1: ("legs", True), 3: ("arms", False)})
    row = torch.tensor([1])
    faulty = faulty.replaced(row, exchange(faulty.rows(row), part("arms", True)))
    result, used, exchanged = look(fitted(*faulty), faulty, refitted)
    assert exchanged.tolist() == [
        [False] * 3, [True, True, False], [False] * 3, [False, True, False], [False] * 3,
    ]  # fmt: skip
    assert torch.equal(used.pixels, true.pixels)
    torch.testing.assert_close(result.reprojection, fitted(*true).reprojection)


def test_those_whom_no_way_helps_change_nobody() -> None:
    """In the midst of others, who each need a way of their own."""
    true, faulty = sent(dict(zip((1, 2, 4), WAYS[1:4], strict=True)))
    both = (0, 3)  # whose limbs are off alike on either side
    for i in both:
        faulty.pixels[i, LIMBS["legs"][0]] += torch.tensor([0.0, 60.0])
    first = fitted(*faulty)
    result, used, exchanged = look(first, faulty, refitted)
    assert exchanged.any(1).tolist() == [False, True, True, False, True]
    for i in range(COUNT):
        expected = first.reprojection[i] if i in both else fitted(*true).reprojection[i]
        torch.testing.assert_close(result.reprojection[i], expected)
        assert torch.equal(used.pixels[i], (faulty if i in both else true).pixels[i])


def test_what_is_no_better_does_not_stand() -> None:
    _, faulty = sent({1: WAYS[0]})
    first = fitted(*faulty)

    def worse(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels + 50, other.confidence)

    result, used, exchanged = look(first, faulty, worse)
    assert not exchanged.any()
    assert torch.equal(used.pixels, faulty.pixels)
    assert torch.equal(result.reprojection, first.reprojection)


def test_what_fails_does_not_stand() -> None:
    _, faulty = sent({1: WAYS[0]})

    def failed(who: Tensor, other: Seen, *, steps: int | None = None) -> FitResult:
        return fitted(other.pixels, other.confidence * (steps == 0))

    assert not look(fitted(*faulty), faulty, failed)[2].any()


def test_who_was_not_fitted_is_let_be() -> None:
    _, faulty = sent({1: WAYS[0]})
    faulty.confidence[1, 3:] = 0.0
    assert not look(fitted(*faulty), faulty, refitted)[2].any()


def test_to_exchange_twice_changes_nothing() -> None:
    true = Seen(*people())
    for way in WAYS:
        once = exchange(true, part(*way))
        assert not torch.equal(once.pixels, true.pixels)
        assert torch.equal(exchange(once, part(*way)).pixels, true.pixels)
        same = ~part(*way)
        assert torch.equal(once.pixels[:, same], true.pixels[:, same])


def test_limbs_are_of_two_sides() -> None:
    for name in LIMBS:
        for trunk in (True, False):
            names = {n for n, is_in in zip(CANONICAL_NAMES, part(name, trunk).tolist(), strict=True) if is_in}
            assert {n.replace("left", "right") for n in names} == {n for n in names if n.startswith("right")}
            assert any(n.endswith(("hip", "shoulder")) for n in names) == (trunk and name != "eyes and ears")


def test_nobody_is_fine() -> None:
    nobody = Seen(torch.zeros(0, 25, 2), torch.zeros(0, 25))
    assert look(fitted(*nobody), nobody, refitted)[2].shape == (0, len(LIMBS))
