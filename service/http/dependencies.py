"""Named dependencies of routes, and the parts of a request that routes read.

All are coroutines, the quick ones too: FastAPI would run plain functions in a thread. FastAPI resolves
dependencies anew for every request, which costs 50 µs each, so the fit's route declares only `AdmittedDep`.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

import anyio
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.engine.engine import Engine
from service.errors import ForbiddenError, QueueFullError, TooManyRequestsError, UnauthorizedError
from service.http.negotiation import best_of, negotiate
from service.http.request_body import JSON, NDJSON, read_body
from service.media import MediaType
from service.runtime import Runtime

_BULK_RETRY_SECONDS = 5


def runtime_of(request: Request) -> Runtime:
    """Return the running parts of the application that a request came to."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def accepted_media(request: Request) -> MediaType:
    """Return the format that the client prefers; NotAcceptableError if it accepts none."""
    return negotiate(_accept_header(request))


async def read_json(request: Request) -> bytes:
    """Return the bytes of a JSON body within the limits of the settings; errors as `read_body`."""
    settings = runtime_of(request).settings
    return await read_body(request, JSON, settings.max_body_bytes, settings.body_seconds)


async def read_lines(request: Request) -> bytes:
    """Return the bytes of an NDJSON body within the limits of the settings; errors as `read_body`."""
    settings = runtime_of(request).settings
    return await read_body(request, NDJSON, settings.max_bulk_bytes, settings.body_seconds)


def check_accepts_lines(request: Request) -> None:
    """Raise NotAcceptableError unless the client accepts NDJSON, or JSON at all."""
    best_of(_accept_header(request), (*NDJSON.types, *JSON.types))


def _accept_header(request: Request) -> str:
    """Return all `Accept` headers as one list (RFC 9110, 5.3)."""
    return ",".join(request.headers.getlist("accept"))


async def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
"""The running parts of the application."""

_bearer = HTTPBearer(auto_error=False, description="Only where the service is run with API keys.")


async def _admitted(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> AsyncIterator[None]:
    runtime = runtime_of(request)
    with ExitStack() as stack:
        try:
            client = runtime.clients.identify(None if credentials is None else credentials.credentials)
            if client is not None:
                stack.enter_context(client.request())
        except (UnauthorizedError, TooManyRequestsError) as error:
            reason = error.reason if isinstance(error, TooManyRequestsError) else error.kind
            runtime.metrics.rejected.labels(reason).inc()
            raise
        yield


AdmittedDep = Annotated[None, Depends(_admitted)]
"""The client's API key is known and within its limits, if keys are in use; held until the answer is sent."""


async def _operator(runtime: RuntimeDep, _: AdmittedDep) -> None:
    if not runtime.clients.known:
        raise ForbiddenError("This needs an API key, and the service has none; send the process a SIGHUP.")


OperatorDep = Annotated[None, Depends(_operator)]
"""The client holds an API key and may change the weights. Without keys in use, no client may."""


async def _bulk(runtime: RuntimeDep, _: AdmittedDep) -> AsyncIterator[Engine]:
    try:
        runtime.bulk_slots.acquire_nowait()
    except anyio.WouldBlock:
        raise QueueFullError(
            f"{runtime.settings.max_bulk_requests} requests of many lines are being served; try again later.",
            _BULK_RETRY_SECONDS,
        ) from None
    try:
        yield runtime.engine
    finally:
        runtime.bulk_slots.release()


BulkDep = Annotated[Engine, Depends(_bulk)]
"""The engine, for one of the few requests of many lines that are served at a time."""
