"""Admission: requests that can't be served in time, or may not be served, are refused early and cheaply.

A fit passes these checks, each cheaper than the next, so that a flood is refused at little cost and accepted
requests are still answered in time:

1. `AdmissionProtocol`, before a request is parsed: more requests are in flight on the connections than queue
   and batch could ever hold. The refusal is one prepared write.
2. `AdmissionMiddleware`, before a request is routed or read: the engine's queue is full, or its estimate says
   that the deadline would be missed. Then the API key, of fits and other protected routes: it is known, and
   within its limits until the answer is sent.
3. `Engine.fit`, when the job is queued: the question of load again, with the number of people known.

`service.engine.policy` holds the estimate of load. A refusal because of load is a 503 with `Retry-After`,
counted in `hmr_rejected_total{reason="queue_full"}`; because of a key it is a 401 or 429.
"""

import json
from contextlib import ExitStack
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.errors import QueueFullError, ServiceError, TooManyRequestsError, UnauthorizedError
from service.http.problems import PROBLEM_TYPE, problem_document, service_error_response
from service.http.routes import FIT_PATH, PROTECTED_PATHS
from service.runtime import Runtime, State

_FIT_REQUEST = f"POST {FIT_PATH} ".encode()

_RETRY_SECONDS = 2

# Time for a refused client to finish sending and read the refusal.
_LINGER_SECONDS = 2.0


class _Route(NamedTuple):
    """Stand-in for the route that the router would have found; requests are counted by its path."""

    path: str


class AdmissionMiddleware:
    """ASGI middleware that refuses fits while the queue is full, and clients without a valid API key.

    Args:
        app: the application behind it.
        runtime: of the application.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app = app
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PROTECTED_PATHS:
            await self.app(scope, receive, send)
            return
        try:
            if scope["path"] == FIT_PATH:
                self._check_room()
            held = self._hold_client(scope)
        except ServiceError as error:
            scope["route"] = _Route(scope["path"])
            response = await service_error_response(Request(scope), error)
            await response(scope, receive, send)
            return
        with held:
            await self.app(scope, receive, send)

    def _check_room(self) -> None:
        """Raise QueueFullError if a fit would be refused now."""
        if self.runtime.state is State.READY:
            self.runtime.engine.check_room()

    def _hold_client(self, scope: Scope) -> ExitStack:
        """Return the hold on a place of the client's limits; UnauthorizedError or TooManyRequestsError."""
        held = ExitStack()
        try:
            client = self.runtime.clients.identify(_bearer_key(scope))
            if client is not None:
                held.enter_context(client.request())
        except (UnauthorizedError, TooManyRequestsError) as error:
            reason = error.reason if isinstance(error, TooManyRequestsError) else error.kind
            self.runtime.metrics.rejected.labels(reason).inc()
            raise
        return held


def _bearer_key(scope: Scope) -> str | None:
    """Return the key of `Authorization: Bearer KEY`; None without one."""
    scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" and key else None


class AdmissionProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP protocol, which refuses fits in a flood before it parses them.

    `admission_protocol` makes subclasses that hold the runtime, since uvicorn creates protocols itself.
    """

    runtime: Runtime
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, or refuse a fit; bytes after a refusal are discarded."""
        if self._refused:
            return
        if data.startswith(_FIT_REQUEST) and self._between_requests() and self._is_flooded():
            self._refuse()
        else:
            super().data_received(data)

    def _between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _is_flooded(self) -> bool:
        """Return whether more requests are in flight than queue and batch could ever hold."""
        settings = self.runtime.settings
        return len(self.tasks) >= settings.queue_size + settings.max_batch_people

    def _refuse(self) -> None:
        self._refused = True
        self._unset_keepalive_if_required()
        self.transport.write(_REFUSAL)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        # Closing at once would reset the connection before the client has read the refusal.
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        metrics = self.runtime.metrics
        metrics.rejected.labels("queue_full").inc()
        metrics.http_requests.labels("POST", FIT_PATH, "503").inc()


def admission_protocol(runtime: Runtime) -> type[AdmissionProtocol]:
    """Return the protocol class of an application, for uvicorn's `http`."""
    return type("BoundAdmissionProtocol", (AdmissionProtocol,), {"runtime": runtime})


def _refusal() -> bytes:
    error = QueueFullError("Far more requests came than can wait; try again later.", _RETRY_SECONDS)
    document: dict[str, Any] = problem_document(error, FIT_PATH)
    body = json.dumps(document).encode()
    lines = [
        f"HTTP/1.1 {error.status.value} {error.status.phrase}",
        f"content-type: {PROBLEM_TYPE}",
        f"content-length: {len(body)}",
        f"retry-after: {_RETRY_SECONDS}",
        "connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


_REFUSAL = _refusal()
