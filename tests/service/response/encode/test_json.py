"""JSON: numbers and both encodings of meshes."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from service.response.answer import Answer
from service.response.encode.json import encode_json
from service.schemas.answer import FitAnswer
from tests.service.people import CAMERA, crowd
from tests.service.response.encode.conftest import Fit


def decoded(part: dict[str, Any], name: str) -> np.ndarray[Any, Any]:
    if part["encoding"] == "list":
        return np.array(part[name], part["dtype"])
    little = np.dtype(part["dtype"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(part[name]), little).reshape(part["shape"])


@pytest.mark.parametrize("encoding", ["base64", "list"])
def test_meshes_are_restored_exactly(fit: Fit, encoding: str) -> None:
    answer = fit(*crowd(2), camera=CAMERA, options={"mesh": True, "faces": True, "mesh_encoding": encoding})
    written = json.loads(encode_json(answer))
    np.testing.assert_array_equal(decoded(written["faces"], "faces"), answer.faces)
    for entry, (_, person) in zip(written["people"], answer.fitted, strict=True):
        np.testing.assert_array_equal(decoded(entry["mesh"], "vertices"), person.vertices)


def test_numbers_are_restored_exactly(fit: Fit) -> None:
    answer = fit(*crowd(2))
    for entry, (_, person) in zip(json.loads(encode_json(answer))["people"], answer.fitted, strict=True):
        np.testing.assert_array_equal(np.array(entry["pose"], np.float32), person.pose)
        np.testing.assert_array_equal(np.float32(entry["residual_px"]), np.float32(person.residual_px))


def test_answer_matches_its_schema(fit: Fit) -> None:
    FitAnswer.model_validate_json(encode_json(fit(*crowd(2), {}, options={"mesh": True, "faces": True})))


def test_faces_are_computed_only_on_request(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = fit(options={"mesh": True})
    monkeypatch.setattr(Answer, "faces", property(lambda _: pytest.fail("faces were not requested")))
    assert json.loads(encode_json(answer))["faces"] is None


def test_base64_is_much_shorter_than_lists(fit: Fit) -> None:
    def size(encoding: str) -> int:
        return len(encode_json(fit(options={"mesh": True, "mesh_encoding": encoding})))

    assert size("base64") < 0.6 * size("list")
