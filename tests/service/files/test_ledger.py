"""The ledger of a folder of answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.files.ledger import Ledger, Standing
from service.models.identity import Identity

NAMES = ("a.glb", "deep/b.glb", "ü.glb")


def identity(weights: str = "1") -> Identity:
    return Identity(
        body_name="open",
        body_sha256="b" * 64,
        body_licence="Apache-2.0",
        weights_version=weights,
        weights_sha256=weights * 64,
        body_gender="neutral",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that makes folders with one file for each name."""

    def make() -> Path:
        made = tmp_path_factory.mktemp("out")
        for name in NAMES:
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).touch()
        return made

    return make


def test_standing_depends_on_file_input_and_model(folder: Callable[[], Path]) -> None:
    out = folder()
    target = out / NAMES[0]
    Ledger(out, identity()).add({target: "x"})
    ledger = Ledger(out, identity())
    assert ledger.standing(target, "x") is Standing.DONE
    assert ledger.standing(target, "y") is Standing.INPUT_CHANGED
    assert ledger.standing(out / NAMES[1], "x") is Standing.FOREIGN
    assert ledger.standing(out / "missing.glb", "x") is Standing.MISSING
    assert Ledger(out, identity("2")).standing(target, "x") is Standing.MODEL_CHANGED


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from("xyz")), max_size=8), st.data())
def test_cut_ledger_is_that_of_an_earlier_time(
    folder: Callable[[], Path], written: list[tuple[str, str]], data: st.DataObject
) -> None:
    out = folder()
    ledger = Ledger(out, identity())
    history: list[dict[str, str]] = [{}]
    for name, sha256 in written:
        ledger.add({out / name: sha256})
        history.append(history[-1] | {name: sha256})
    file = out / ".hmr-fit.jsonl"
    content = file.read_bytes() if written else b""
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    read = Ledger(out, identity())
    known = {
        name: sha256
        for name in NAMES
        for sha256 in "xyz"
        if read.standing(out / name, sha256) is Standing.DONE
    }
    assert known in history
    read.add({out / NAMES[0]: "new"})
    assert Ledger(out, identity()).standing(out / NAMES[0], "new") is Standing.DONE
