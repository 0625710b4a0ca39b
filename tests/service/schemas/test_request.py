"""The request's schema agrees with the parser."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.errors import InvalidInputError
from service.request.parse import read_request
from service.schemas.request import FitRequest, Options
from tests.service.people import CAMERA, IMAGE, document


@pytest.mark.parametrize(
    "value",
    [
        document(),
        [document()],
        {"people": []},
        {"people": [{}, {"pose_keypoints_2d": None}]},
        document(camera=CAMERA, image=IMAGE, layout="BODY_25", options={"mesh_encoding": "list"}),
        document(camera={"focal_mm": 35, "sensor_mm": 36}, image=IMAGE, anything={"else": 1}),
    ],
)
def test_requests_that_the_schema_allows_are_accepted(value: object) -> None:
    FitRequest.model_validate(value)
    read_request(json.dumps(value).encode())


@pytest.mark.parametrize(
    "value", [{}, [], [document(), document()], document(options={"steps": 99}), document(camera={"f": 1})]
)
def test_requests_that_the_schema_forbids_are_rejected(value: object) -> None:
    with pytest.raises(ValidationError):
        FitRequest.model_validate(value)
    with pytest.raises(InvalidInputError):
        read_request(json.dumps(value).encode())


def test_real_files_match_the_schema(shared_dir: Path) -> None:
    files = sorted((shared_dir / "real/openpose_zoo").glob("*.json"))
    assert files
    for file in files:
        FitRequest.model_validate_json(file.read_bytes())


@pytest.mark.parametrize(
    ("rig", "quantize", "expected"),
    [(True, None, False), (False, None, True), (True, True, True), (False, False, False)],
)
def test_plain_meshes_are_quantized_by_default(rig: bool, quantize: bool | None, expected: bool) -> None:
    assert Options(rig=rig, quantize=quantize).quantized == expected


@pytest.mark.parametrize(
    "options",
    [{"steps": -1}, {"steps": 2.5}, {"betas": [0.0] * 9}, {"betas": [11.0] * 10}, {"colour": "red"}],
)
def test_invalid_options_are_rejected(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(options)
