"""The way that the command line shares with the service."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.errors import InvalidInputError, NobodyFittedError
from service.exchange import fit_document
from service.media import MediaType
from service.response.encode import encode
from tests.service.people import CAMERA, IMAGE, crowd, document

REQUEST = json.dumps(document(*crowd(2), camera=CAMERA, image=IMAGE)).encode()


@pytest.mark.parametrize("media", [m for m in MediaType if m not in (MediaType.JSON, MediaType.NPZ)])
def test_a_file_here_is_the_servers_answer(client: TestClient, served: ServedModel, media: MediaType) -> None:
    answer = client.post("/v1/fit", content=REQUEST, headers={"Accept": media})
    assert encode(fit_document(REQUEST, served, media), media) == answer.content


def test_json_here_is_the_servers_but_for_the_times(client: TestClient, served: ServedModel) -> None:
    def timeless(data: bytes) -> dict[str, Any]:
        return {name: value for name, value in json.loads(data).items() if name != "timing_ms"}

    here = encode(fit_document(REQUEST, served), MediaType.JSON)
    assert timeless(here) == timeless(client.post("/v1/fit", content=REQUEST).content)


def test_errors_are_sentences(served: ServedModel) -> None:
    with pytest.raises(InvalidInputError, match="people: holds 2 people; at most 1"):
        fit_document(REQUEST, served, max_people=1)
    with pytest.raises(NobodyFittedError, match="no people"):
        encode(fit_document(b'{"people": []}', served, MediaType.GLB), MediaType.GLB)
