"""Load shedding: requests that cannot be served in time are refused as early as possible."""

import json
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.errors import QueueFullError
from service.http.problems import PROBLEM_TYPE, problem_document, service_error_response
from service.runtime import Runtime, State

FIT_PATH = "/v1/fit"
"""Of the route, and of those who turn requests away before it."""


class _Route(NamedTuple):
    """What the router would have found, for those who count requests by it."""

    path: str


class BackPressure:
    """ASGI middleware that asks the engine before a fit is routed, read or parsed.

    The route asks it, too, but only after most of what a request costs: a flood of requests that are then
    refused would keep the event loop from answering those that were taken.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app = app
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is a fit too many."""
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


_FIT = f"POST {FIT_PATH} ".encode()

_RETRY_SECONDS = 2

# A client that hears no refusal because it is still sending is given so long to look.
_LINGER_SECONDS = 2.0


class DoorProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, but for connections whose next request is a fit too many.

    Subclasses of `door_of` hold the runtime, since uvicorn makes protocols itself.
    """

    runtime: Runtime
    _refused = False

    def data_received(self, data: bytes) -> None:
        """What a client sends; of one that was refused nothing is read any more."""
        if self._refused:
            return
        if data.startswith(_FIT) and self._between_requests() and self._flooded():
            self._refuse()
        else:
            super().data_received(data)

    def _between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _flooded(self) -> bool:
        """Whether more requests are under way than the line, and a batch, could ever hold."""
        settings = self.runtime.settings
        return len(self.tasks) >= settings.queue_size + settings.max_batch_people

    def _refuse(self) -> None:
        self._refused = True
        self._unset_keepalive_if_required()
        self.transport.write(_REFUSAL)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        # To close at once would reset what the client has not read yet.
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        metrics = self.runtime.metrics
        metrics.rejected.labels("queue_full").inc()
        metrics.http_requests.labels("POST", FIT_PATH, "503").inc()


def door_of(runtime: Runtime) -> type[DoorProtocol]:
    """The door of an application, for uvicorn's `http`."""
    return type("Door", (DoorProtocol,), {"runtime": runtime})


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
