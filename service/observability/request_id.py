"""IDs of requests and traces, in answers and in the log."""

import re
import uuid
from contextvars import ContextVar
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "X-Request-ID"
_TRACEPARENT = "traceparent"
_SCOPE_KEY = "hmr.correlation"

# IDs that clients may choose; none can break a header or a line of the log.
_VALID_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# W3C Trace Context: version, trace, parent, flags.
_VALID_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Correlation(NamedTuple):
    """IDs of a request; `traceparent` and `trace_id` are None without a valid `traceparent`."""

    request_id: str
    traceparent: str | None = None
    trace_id: str | None = None

    @classmethod
    def of(cls, headers: Headers) -> "Correlation":
        """Return the client's IDs where they are valid, else a new request ID."""
        given = headers.get(REQUEST_ID, "")
        request_id = given if _VALID_ID.fullmatch(given) else uuid.uuid4().hex
        trace = _VALID_TRACE.fullmatch(headers.get(_TRACEPARENT, ""))
        return cls(request_id) if trace is None else cls(request_id, trace[0], trace[1])


current: ContextVar[Correlation | None] = ContextVar("correlation", default=None)
"""IDs of the request that is being served."""


class RequestIdMiddleware:
    """ASGI middleware that reads or creates a request's IDs, for the log and for the answer's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request under its IDs."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        correlation = Correlation.of(Headers(scope=scope))

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = correlation.request_id
                if correlation.traceparent is not None:
                    headers[_TRACEPARENT] = correlation.traceparent
            await send(message)

        # Each request is a task with a separate context: nothing needs to be restored, and the server's log
        # lines about a failed request have its ID, too.
        current.set(correlation)
        scope[_SCOPE_KEY] = correlation
        await self.app(scope, receive, add_headers)


def correlation_of(scope: Scope) -> Correlation | None:
    """Return the IDs of a request, for code outside of the middleware."""
    found: Correlation | None = scope.get(_SCOPE_KEY)
    return found
