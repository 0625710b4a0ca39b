"""The OpenAPI document, with the schemas of bodies that routes read and write themselves."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from service.schemas.bulk import BulkAnswerLine
from service.schemas.problem import Problem
from service.schemas.request import FitRequest

_REFERENCE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Let an application describe itself."""

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
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(requests["$defs"] | answers["$defs"])
    return document
