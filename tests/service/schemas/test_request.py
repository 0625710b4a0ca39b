"""The request's schema agrees with the parser."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.errors import InvalidInputError
from service.request.parse import read_request
from service.schemas.request import FitRequest
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
