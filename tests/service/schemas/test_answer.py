"""Schemas of answers."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from service.schemas.answer import FRAME, Faces, FitAnswer, Mesh, Person, Timing
from service.schemas.batch import BulkAnswerLine
from service.schemas.problem import Problem

TIMING = {"parse": 0.1, "queue": 0.0, "fit": 9.5, "mesh": 0.0, "encode": 0.2}
UNFITTED: dict[str, Any] = {
    "index": 0, "status": "too_few_keypoints", "message": "Fewer than 6 keypoints.", "layout": "BODY_25",
    "observed": [False] * 25, "pose": None, "betas": None, "transl": None, "joints3d": None,
    "keypoints3d": None, "keypoints2d": None, "residual_px": None, "objective": None, "best_step": None,
    "camera": None, "mesh": None,
}  # fmt: skip
ANSWER = {
    "people": [UNFITTED],
    "camera": {"source": "assumed", "fx": None, "fy": None, "cx": None, "cy": None},
    "frame": FRAME,
    "layout": "BODY_25",
    "body": {"name": "open", "sha256": "b" * 64, "licence": "Apache-2.0"},
    "weights": {"version": "1", "sha256": "a" * 64},
    "faces": None,
    "warnings": [],
    "timing_ms": TIMING,
}
PROBLEM = {
    "type": "urn:hmr:problem:not-json", "title": "The body is not JSON", "status": 400,
    "detail": "The body is empty.", "instance": "/v1/fit", "errors": [],
}  # fmt: skip


def test_answer_survives_json() -> None:
    answer = FitAnswer.model_validate(ANSWER)
    assert json.loads(answer.model_dump_json()) == ANSWER


@pytest.mark.parametrize("key", ANSWER)
def test_answers_have_all_keys(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        FitAnswer.model_validate({name: value for name, value in ANSWER.items() if name != key})


@pytest.mark.parametrize("key", UNFITTED)
def test_people_have_all_keys(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        Person.model_validate({name: value for name, value in UNFITTED.items() if name != key})


@pytest.mark.parametrize(
    "change",
    [
        {"pose": [[0.0] * 3] * 23}, {"joints3d": [[0.0] * 2] * 24}, {"transl": [0.0, 0.0]},
        {"keypoints2d": [[0.0] * 3]}, {"residual_px": float("nan")}, {"status": "fine"}, {"colour": "red"},
    ],
)  # fmt: skip
def test_wrong_shapes_and_values_are_rejected(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Person.model_validate(UNFITTED | change)


def test_frame_of_the_schema_is_that_of_the_answers() -> None:
    with pytest.raises(ValidationError):
        FitAnswer.model_validate(ANSWER | {"frame": "camera: y up"})


def test_arrays_have_their_type() -> None:
    part = {"encoding": "base64", "shape": [0, 3]}
    assert Mesh.model_validate(part | {"dtype": "float32", "vertices": ""}).dtype == "float32"
    assert Faces.model_validate(part | {"dtype": "uint32", "faces": ""}).dtype == "uint32"
    with pytest.raises(ValidationError):
        Mesh.model_validate(part | {"dtype": "float64", "vertices": ""})


def test_answers_cannot_be_changed() -> None:
    timing = Timing.model_validate(TIMING)
    with pytest.raises(ValidationError, match="frozen"):
        timing.fit = 0.0


@pytest.mark.parametrize("identity", [None, "a", 7])
def test_batch_lines_hold_a_result_or_a_problem(identity: object) -> None:
    line = {"line": 1, "id": identity}
    good = BulkAnswerLine.model_validate(line | {"status": 200, "result": ANSWER})
    bad = BulkAnswerLine.model_validate(line | {"status": 400, "problem": PROBLEM})
    assert (good.id, good.problem, bad.result) == (identity, None, None)
    assert bad.problem == Problem.model_validate(PROBLEM)
    with pytest.raises(ValidationError):
        BulkAnswerLine.model_validate(line | {"line": 0, "status": 200})
