"""Prior files: there and back, the same bytes, and whatever is wrong with one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from model.body.file import save_body
from model.prior.file import METADATA_KEY, PriorError, load_prior, save_prior
from tests.model.people import random_poses
from tests.model.prior.priors import small_prior
from tests.stick_body import stick_body

PRIOR = small_prior()


def test_a_prior_comes_back_to_16_bits(tmp_path: Path) -> None:
    save_prior(PRIOR, tmp_path / "prior.safetensors")
    back = load_prior(tmp_path / "prior.safetensors")
    assert torch.equal(back.chart.reference, PRIOR.chart.reference)
    assert torch.equal(back.mixture.shares, PRIOR.mixture.shares)
    for one, other in (
        (back.mixture.means, PRIOR.mixture.means),
        (back.mixture.factors, PRIOR.mixture.factors),
    ):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=2**-11)
    assert back.provenance == PRIOR.provenance
    poses = random_poses(20, seed=1)
    torch.testing.assert_close(back.log_density(poses), PRIOR.log_density(poses), atol=0.1, rtol=0.01)


def test_the_same_prior_gives_the_same_bytes_and_a_second_saving_changes_nothing(tmp_path: Path) -> None:
    one, other = tmp_path / "one.safetensors", tmp_path / "new" / "other.safetensors"
    save_prior(PRIOR, one)
    save_prior(load_prior(one), other)
    assert one.read_bytes() == other.read_bytes()
    assert not list(tmp_path.rglob("*.part"))


def spoilt(**changes: torch.Tensor) -> Callable[[Path], object]:
    """A file of a prior with some of its mixture changed."""
    return lambda path: save_prior(replace(PRIOR, mixture=replace(PRIOR.mixture, **changes)), path)


REFUSED: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("a prior"),
    "a body": lambda path: save_body(stick_body(), path),
    "no tensors": lambda path: save_file({}, path, metadata={METADATA_KEY: '{"version": 1}'}),
    "another version": lambda path: save_file({}, path, metadata={METADATA_KEY: '{"version": 9}'}),
    "a card that is no JSON": lambda path: save_file({}, path, metadata={METADATA_KEY: "{"}),
    "a card that is a list": lambda path: save_file({}, path, metadata={METADATA_KEY: "[]"}),
    "NaN": spoilt(means=PRIOR.mixture.means * torch.nan),
    "no spread": spoilt(factors=PRIOR.mixture.factors * 0),
    "negative shares": spoilt(shares=-PRIOR.mixture.shares),
    "one mean too few": spoilt(means=PRIOR.mixture.means[:2]),
    "no components": spoilt(
        shares=PRIOR.mixture.shares[:0], means=PRIOR.mixture.means[:0], factors=PRIOR.mixture.factors[:0]
    ),
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED)
def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "prior.safetensors"
    spoil(path)
    with pytest.raises(PriorError, match=r"prior\.safetensors"):
        load_prior(path)
