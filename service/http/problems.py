"""Problem documents (RFC 9457) for every kind of error."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from service.errors import Fault, ServiceError
from service.observability.request_id import REQUEST_ID, correlation_of

PROBLEM_TYPE = "application/problem+json"

# Not a status of HTTP, but nginx too logs it for clients that hung up.
_CLIENT_GONE = 499

_log = logging.getLogger(__name__)


def problem_response(
    request: Request,
    status: int,
    kind: str,
    title: str,
    detail: str,
    errors: tuple[Fault, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document in ASCII, since strings of the client need not be valid Unicode."""
    document = _document(status, kind, title, detail, errors, quote(request.url.path))
    return Response(json.dumps(document), status, headers, media_type=PROBLEM_TYPE)


def problem_document(error: ServiceError, instance: str) -> dict[str, Any]:
    """Return the fields of `Problem` for an error that is part of an answer."""
    return _document(error.status, error.kind, error.title, error.detail, error.errors, instance)


def _document(
    status: int, kind: str, title: str, detail: str, errors: tuple[Fault, ...], instance: str
) -> dict[str, Any]:
    return {
        "type": f"urn:hmr:problem:{kind}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        "errors": [fault._asdict() for fault in errors],
    }


def install(app: FastAPI) -> None:
    """Make an application answer every error with a problem document."""
    app.add_exception_handler(ServiceError, service_error_response)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(Exception, _unexpected)


async def service_error_response(request: Request, error: Exception) -> Response:
    """Return the problem document of a ServiceError."""
    assert isinstance(error, ServiceError)
    return problem_response(
        request, error.status, error.kind, error.title, error.detail, error.errors, error.headers
    )


async def _http_exception(request: Request, error: Exception) -> Response:
    """Answer errors that Starlette raises: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    kind = status.phrase.lower().replace(" ", "-")
    detail = {
        HTTPStatus.NOT_FOUND: "Nothing is at this path; `/docs` lists all paths.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"This path doesn't support {request.method}.",
    }.get(status, str(error.detail))
    return problem_response(request, status, kind, status.phrase, detail, headers=error.headers)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = tuple(Fault(".".join(map(str, item["loc"])), str(item["msg"])) for item in error.errors())
    return problem_response(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-input",
        "The request can't be used",
        "; ".join(map(str, faults)),
        faults,
    )


async def _disconnected(request: Request, error: Exception) -> Response:
    """Answer for the metrics alone: the client is gone."""
    return problem_response(
        request, _CLIENT_GONE, "disconnected", "The client hung up", "The client closed the connection."
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    correlation = correlation_of(request.scope)
    return problem_response(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "The service failed",
        "An unexpected error occurred; the service's log has the details.",
        # Starlette sends this answer outside of all middleware.
        headers={} if correlation is None else {REQUEST_ID: correlation.request_id},
    )
