"""Load shedding: fits that can't be done in time are refused as early, and as cheaply, as possible.

A fit passes three checks, each cheaper than the next, so that a flood is refused at little cost and accepted
requests are still answered in time:

1. `AdmissionProtocol`, before a request is parsed: more requests are in flight on the connections than queue
   and batch could ever hold. The refusal is one prepared write.
2. `AdmissionMiddleware`, before a request is routed, authorised or read: the engine's queue is full, or its
   estimate says that the deadline would be missed.
3. `Engine.fit`, when the job is queued: the same question, with the number of people known.

`service.engine.policy` holds the estimate. Each refusal is a 503 with `Retry-After`, counted in
`hmr_rejected_total{reason="queue_full"}`.
"""

import json
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.errors import QueueFullError
from service.http.problems import PROBLEM_TYPE, problem_document, service_error_response
from service.http.routes import FIT_PATH
from service.runtime import Runtime, State

_FIT_REQUEST = f"POST {FIT_PATH} ".encode()

_RETRY_SECONDS = 2

# Time for a refused client to finish sending and read the refusal.
_LINGER_SECONDS = 2.0


class _Route(NamedTuple):
    """Stand-in for the route that the router would have found; requests are counted by its path."""

    path: str


class AdmissionMiddleware:
    """ASGI middleware that refuses fits while the engine's queue is full.

    Args:
        app: the application behind it.
        runtime: of the application.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app = app
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        error = self._refusal() if _is_fit(scope) else None
        if error is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = _Route(FIT_PATH)
        response = await service_error_response(Request(scope), error)
        await response(scope, receive, send)

    def _refusal(self) -> QueueFullError | None:
        if self.runtime.state is State.READY:
            try:
                self.runtime.engine.check_room()
            except QueueFullError as error:
                return error
        return None


def _is_fit(scope: Scope) -> bool:
    return scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", FIT_PATH)


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
