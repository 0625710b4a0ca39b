"""The OpenAPI document says what is."""

import json
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from tests.service.people import CAMERA, IMAGE, crowd, document, person

DOCUMENTED = {
    "/v1/fit": {"post"},
    "/v1/fit/batch": {"post"},
    "/v1/body": {"get"},
    "/v1/models": {"get"},
    "/v1/models/reload": {"post"},
    "/livez": {"get"},
    "/readyz": {"get"},
    "/health": {"get"},
    "/metrics": {"get"},
}


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> dict[str, Any]:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def validator(openapi: dict[str, Any], name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": openapi["components"]}
    return jsonschema_rs.validator_for(json.loads(json.dumps(schema)))


def test_every_path_is_documented(openapi: dict[str, Any]) -> None:
    assert {path: set(item) for path, item in openapi["paths"].items()} == DOCUMENTED


def test_every_reference_leads_somewhere(openapi: dict[str, Any]) -> None:
    names = {f"#/components/schemas/{name}" for name in openapi["components"]["schemas"]}
    used = references(openapi)
    assert used <= names
    own = ("FitRequest", "FitAnswer", "BulkAnswerLine", "Problem")
    assert {f"#/components/schemas/{name}" for name in own} <= used


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/body", "BodyDescription"),
        ("/v1/models", "Models"),
        ("/health", "Health"),
        ("/livez", "Alive"),
        ("/readyz", "Ready"),
        ("/nowhere", "Problem"),
    ],
)
def test_answers_are_as_documented(client: TestClient, openapi: dict[str, Any], path: str, name: str) -> None:
    validator(openapi, name).validate(client.get(path).json())


@pytest.mark.parametrize(
    "request_",
    [
        document(*crowd(2)),
        document(person(), {}, camera=CAMERA, image=IMAGE, options={"mesh": True, "faces": True}),
        document(options={"mesh": True, "faces": True, "mesh_encoding": "list", "steps": 0}),
        [document(camera={"fov_deg": 50}, image=IMAGE, layout="BODY_25B")],
        {"people": []},
    ],
)
def test_requests_and_answers_of_a_fit_are_as_documented(
    client: TestClient, openapi: dict[str, Any], request_: Any
) -> None:
    validator(openapi, "FitRequest").validate(request_)
    response = client.post("/v1/fit", json=request_)
    assert response.status_code == 200, response.text
    validator(openapi, "FitAnswer").validate(response.json())
