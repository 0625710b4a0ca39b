"""The body file: what is written is read back, and whatever else is refused with a sentence."""

import dataclasses
import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from model.body.arrays import N_POSE_FEATURES, BodyArrays, BodyError
from model.body.file import METADATA_KEY, fingerprint, load_body_arrays, save_body
from tests.stick_body import stick_body

Tensors = dict[str, Any]


@pytest.fixture
def arrays() -> BodyArrays:
    return dataclasses.replace(stick_body(), provenance={"made by": "a test", "from": "nothing"})


@pytest.fixture
def saved(arrays: BodyArrays, tmp_path: Path) -> Path:
    path = tmp_path / "body.safetensors"
    save_body(arrays, path)
    return path


def with_posedirs(arrays: BodyArrays) -> BodyArrays:
    posedirs = np.random.default_rng(0).normal(size=(arrays.n_vertices, 3, N_POSE_FEATURES))
    return dataclasses.replace(arrays, posedirs=posedirs.astype(np.float32))


@pytest.mark.parametrize(
    "change", [lambda body: body, with_posedirs], ids=["without posedirs", "with posedirs"]
)
def test_round_trip(change: Callable[[BodyArrays], BodyArrays], arrays: BodyArrays, tmp_path: Path) -> None:
    body = change(arrays)
    save_body(body, tmp_path / "body.safetensors")
    back = load_body_arrays(tmp_path / "body.safetensors")
    for field in dataclasses.fields(body):
        before, after = getattr(body, field.name), getattr(back, field.name)
        if isinstance(before, np.ndarray):
            assert after.dtype.kind == before.dtype.kind, field.name
            np.testing.assert_array_equal(after, before.astype(after.dtype), field.name)
        else:
            assert after == before, field.name


def test_same_arrays_give_the_same_bytes(arrays: BodyArrays, saved: Path, tmp_path: Path) -> None:
    for attempt in range(5):
        again = tmp_path / f"{attempt}.safetensors"
        save_body(arrays, again)
        assert again.read_bytes() == saved.read_bytes()


def test_fingerprint_is_the_files_sha256_and_tells_bodies_apart(arrays: BodyArrays, saved: Path) -> None:
    first = fingerprint(saved)
    assert first == hashlib.sha256(saved.read_bytes()).hexdigest()
    template = arrays.v_template.copy()
    template[0, 0] += 1e-5
    save_body(dataclasses.replace(arrays, v_template=template), saved)
    assert fingerprint(saved) != first


def test_indices_are_narrow_and_the_regressor_is_sparse(arrays: BodyArrays, saved: Path) -> None:
    tensors = load_file(saved)
    assert tensors["faces"].dtype == np.uint16
    assert tensors["skin_joints"].dtype == np.uint8
    assert len(tensors["j_values"]) == np.count_nonzero(arrays.j_regressor)


def test_save_makes_the_folder(arrays: BodyArrays, tmp_path: Path) -> None:
    save_body(arrays, tmp_path / "new" / "folder" / "body.safetensors")
    assert load_body_arrays(tmp_path / "new" / "folder" / "body.safetensors").name == arrays.name


def card(**changes: Any) -> dict[str, str]:
    about = {"version": 1, "name": "x", "licence": "x", "provenance": {}, **changes}
    return {METADATA_KEY: json.dumps(about)}


def rewritten(change: Callable[[Tensors], object], metadata: dict[str, str] | None) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, metadata=metadata)

    return spoil


def put(name: str, index: object, value: float) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        tensors[name][index] = value

    return change


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "no body file"),
    "empty": (lambda path: path.write_bytes(b""), "can't be read"),
    "garbage": (lambda path: path.write_bytes(b"\x93 no body" * 99), "can't be read"),
    "pickled": (lambda path: path.write_bytes(pickle.dumps({"v_template": [1]})), "can't be read"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-100]), "can't be read"),
    "unknown gender": (
        rewritten(lambda t: None, card(provenance={"gender": "robot"})),
        "gender is 'robot'; known are neutral",
    ),
    "foreign": (rewritten(lambda t: None, None), "not a body file"),
    "card is no JSON": (rewritten(lambda t: None, {METADATA_KEY: "{"}), "usable body"),
    "card is a list": (rewritten(lambda t: None, {METADATA_KEY: "[]"}), "usable body"),
    "newer": (rewritten(lambda t: None, card(version=2)), "format 2"),
    "lacks an array": (rewritten(lambda t: t.pop("shapedirs"), card()), "lacks the arrays shapedirs"),
    "regressor beyond the joints": (rewritten(put("j_rows", 0, 24), card()), "usable body"),
    "not finite": (rewritten(put("v_template", (0, 0), np.nan), card()), "v_template .* not finite"),
    "faces beyond the vertices": (rewritten(put("faces", (0, 0), 65_000), card()), "faces must index"),
    "weights off": (rewritten(put("skin_weights", (0, 0), 2.0), card()), "skin_weights is 1 off"),
    "child before parent": (rewritten(put("parents", 3, 9), card()), "parents must start"),
}


@pytest.mark.parametrize(("spoil", "message"), REFUSED.values(), ids=REFUSED)
def test_unusable_files_are_refused(spoil: Callable[[Path], object], message: str, saved: Path) -> None:
    spoil(saved)
    with pytest.raises(BodyError, match=message) as raised:
        load_body_arrays(saved)
    assert str(saved) in str(raised.value)


def test_fingerprint_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BodyError, match="no readable body file"):
        fingerprint(tmp_path / "nothing")


@pytest.mark.parametrize(
    "name", ["v_template", "shapedirs", "faces", "parents", "j_regressor", "skin_joints", "skin_weights"]
)
def test_an_array_of_a_wrong_shape_is_named(name: str, arrays: BodyArrays) -> None:
    changes: dict[str, Any] = {name: np.concatenate([getattr(arrays, name)] * 2, axis=-1)}
    with pytest.raises(BodyError, match="has the shape"):
        dataclasses.replace(arrays, **changes)


def test_parts_that_do_not_fit_together_are_refused(arrays: BodyArrays) -> None:
    with pytest.raises(BodyError, match=r"posedirs has the shape \(5, 3, 207\)"):
        dataclasses.replace(arrays, posedirs=np.zeros((5, 3, N_POSE_FEATURES), np.float32))
