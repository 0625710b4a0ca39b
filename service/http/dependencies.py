"""What routes ask for by the type of an argument. Those named first are looked at first.

All are coroutines, the quick ones too: FastAPI would send plain functions through a thread each time.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

import anyio
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.engine.engine import Engine
from service.errors import ForbiddenError, QueueFullError, TooManyRequestsError, UnauthorizedError
from service.http.negotiation import best_of, negotiate, preferred_wait
from service.http.request_body import JSON, NDJSON, read_body
from service.media import MediaType
from service.runtime import Runtime

_BULK_RETRY_SECONDS = 5


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
"""The running parts of the application."""

_bearer = HTTPBearer(auto_error=False, description="Only where the service is run with API keys.")


async def _admitted(
    runtime: RuntimeDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> AsyncIterator[None]:
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
"""The client may send this request: its key is known, and not used too often, if keys are in use at all."""


async def _operator(runtime: RuntimeDep, _: AdmittedDep) -> None:
    if not runtime.clients.known:
        raise ForbiddenError("This needs an API key, and the service has none; send the process a SIGHUP.")


OperatorDep = Annotated[None, Depends(_operator)]
"""The client may change the weights: it holds an API key. Where there are none, nobody may."""


async def _engine(runtime: RuntimeDep, _: AdmittedDep) -> Engine:
    runtime.engine.check_room()
    return runtime.engine


EngineDep = Annotated[Engine, Depends(_engine)]
"""The engine, ready and with a place for one more; for clients that are admitted."""


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


def _accept_of(request: Request) -> str:
    """Several lines are one list (RFC 9110, 5.3)."""
    return ",".join(request.headers.getlist("accept"))


async def _accepted(request: Request) -> MediaType:
    return negotiate(_accept_of(request))


AcceptedDep = Annotated[MediaType, Depends(_accepted)]
"""The format that the client likes best."""


async def _lines_accepted(request: Request) -> None:
    best_of(_accept_of(request), (*NDJSON.types, *JSON.types))


LinesAcceptedDep = Annotated[None, Depends(_lines_accepted)]
"""The client takes lines of JSON, or says so of JSON at all."""


async def _wait(request: Request) -> float | None:
    return preferred_wait(request.headers.getlist("prefer"))


WaitDep = Annotated[float | None, Depends(_wait)]
"""Seconds that the client is willing to wait, if it says so."""


async def _body(request: Request, runtime: RuntimeDep) -> bytes:
    settings = runtime.settings
    return await read_body(request, JSON, settings.max_body_bytes, settings.body_seconds)


BodyDep = Annotated[bytes, Depends(_body)]
"""The body's bytes, within the limit."""


async def _lines(request: Request, runtime: RuntimeDep) -> bytes:
    settings = runtime.settings
    return await read_body(request, NDJSON, settings.max_bulk_bytes, settings.body_seconds)


LinesDep = Annotated[bytes, Depends(_lines)]
"""The bytes of a body of lines, within the limit."""
