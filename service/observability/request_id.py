"""One name for a request in its answer and in every line of the log, and the trace that it is part of."""

import re
import uuid
from contextvars import ContextVar
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "X-Request-ID"
_TRACEPARENT = "traceparent"
_SCOPE_KEY = "hmr.correlation"

# What a client may choose: nothing that breaks a header or a line of the log.
_FINE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# W3C Trace Context: version, trace, parent, flags.
_FINE_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Correlation(NamedTuple):
    """Names of a request; the trace's parts are None without a readable `traceparent`."""

    request_id: str
    traceparent: str | None = None
    trace_id: str | None = None

    @classmethod
    def of(cls, headers: Headers) -> "Correlation":
        """The client's own names where they can be used, else a new request id."""
        given = headers.get(REQUEST_ID, "")
        request_id = given if _FINE_ID.fullmatch(given) else uuid.uuid4().hex
        trace = _FINE_TRACE.fullmatch(headers.get(_TRACEPARENT, ""))
        return cls(request_id) if trace is None else cls(request_id, trace[0], trace[1])


current: ContextVar[Correlation | None] = ContextVar("correlation", default=None)
"""Of the request that is being served."""


class Correlating:
    """ASGI middleware: finds a request's names, keeps them for the log, and gives them back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        correlation = Correlation.of(Headers(scope=scope))

        async def name(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = correlation.request_id
                if correlation.traceparent is not None:
                    headers[_TRACEPARENT] = correlation.traceparent
            await send(message)

        # Each request is a task with its context: nothing to restore, and the server's log lines about a
        # request that broke has its name, too.
        current.set(correlation)
        scope[_SCOPE_KEY] = correlation
        await self.app(scope, receive, name)


def correlation_of(scope: Scope) -> Correlation | None:
    """Return the correlation of a request, for code outside of the middleware."""
    found: Correlation | None = scope.get(_SCOPE_KEY)
    return found
