"""The OpenAPI document: schemas of bodies that routes handle themselves, and the responses of routes."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from service.http.problems import PROBLEM_TYPE
from service.media import MediaType
from service.schemas.batch import BulkAnswerLine
from service.schemas.problem import Problem
from service.schemas.request import FitRequest

_BEARER = "HTTPBearer"

SECURED: dict[str, Any] = {"security": [{_BEARER: []}]}
"""Part of the documentation of routes that need an API key."""

_REFERENCE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Make an application serve its OpenAPI document with the schemas of this service."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_own_schemas(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description=app.description,
                    routes=app.routes,
                )
            )
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # as FastAPI's own guide has it


def _with_own_schemas(document: dict[str, Any]) -> dict[str, Any]:
    _, requests = models_json_schema([(FitRequest, "validation")], ref_template=_REFERENCE)
    _, answers = models_json_schema(
        [(Problem, "serialization"), (BulkAnswerLine, "serialization")], ref_template=_REFERENCE
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(requests["$defs"] | answers["$defs"])
    components["securitySchemes"] = {
        _BEARER: {
            "type": "http",
            "scheme": "bearer",
            "description": "Only where the service is run with API keys.",
        }
    }
    return document


_WHEN = {
    304: "Not changed.",
    400: "The body is not JSON, or is declared as gzip but isn't.",
    401: "The service requires an API key.",
    403: "The service runs without API keys.",
    406: "None of the formats in `Accept` is supported.",
    408: "The body took too long to arrive.",
    409: "The new weights can't be used, `detail` says why; the old ones are still served.",
    413: "The body is too large.",
    415: "The body is not declared as JSON, or its compression is not gzip.",
    422: "A value can't be used, `errors` says where; or a mesh was asked for and no person was fitted.",
    429: "Too many requests with this API key; `Retry-After` says when to try again.",
    500: "The service failed.",
    503: "Not ready, or too many requests are waiting; `Retry-After` says when to try again.",
    504: "The fit was not done in time.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of problem documents for a route's `responses`."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": _WHEN[status], "content": {PROBLEM_TYPE: schema}} for status in statuses}


def binary(*media: MediaType) -> dict[str, Any]:
    """Return the documentation of contents that are binary files."""
    return {str(name): {"schema": {"type": "string", "format": "binary"}} for name in media}
