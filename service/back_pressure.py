"""Turning fits away at the door while no more of them can wait."""

from typing import NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import QueueFullError
from service.problems import service_error_response
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
