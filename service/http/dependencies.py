"""Named dependencies of routes, and the parts of a request that routes read.

Dependencies are coroutines, the quick ones too: FastAPI would run plain functions in a thread. It resolves
them anew for every request, which costs about 50 µs each, so the fit's route has none and calls functions.
"""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import Depends, Request

from service.engine.engine import Engine
from service.errors import ForbiddenError, QueueFullError
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


async def _operator(runtime: RuntimeDep) -> None:
    if not runtime.clients.known:
        raise ForbiddenError("This needs an API key, and the service has none; send the process a SIGHUP.")


OperatorDep = Annotated[None, Depends(_operator)]
"""API keys are in use, so that the client, which has one, may change the weights. Else no client may."""


async def _bulk(runtime: RuntimeDep) -> AsyncIterator[Engine]:
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
