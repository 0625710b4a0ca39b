"""Middleware that counts, times and logs all requests by the template of their route."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.observability.logs import FIELDS
from service.observability.metrics import Metrics

# Other methods share a label, so that clients can't fill the memory with labels.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNMATCHED = "unmatched"

# Polled every few seconds by machines, hence logged at debug level only.
_QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics"})

_log = logging.getLogger(__name__)


class HttpMetricsMiddleware:
    """ASGI middleware that records method, route, status and duration of each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, and record its status and duration."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        start = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            self._record(scope, status, time.perf_counter() - start)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        # The router puts the route that it found into the scope.
        route = getattr(scope.get("route"), "path", _UNMATCHED)
        self.metrics.http_requests.labels(method, route, str(status)).inc()
        self.metrics.http_seconds.labels(method, route).observe(seconds)
        fields = {"method": method, "route": route, "status": status, "ms": round(1000 * seconds, 1)}
        level = logging.DEBUG if route in _QUIET_ROUTES else logging.INFO
        _log.log(level, "request", extra={FIELDS: fields})
