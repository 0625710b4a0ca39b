"""A route that settles once how its arguments come about, where FastAPI works it out for every request.

For a fit of one person that work takes longer than reading, encoding and answering together.
"""

import inspect
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple, get_type_hints

from fastapi import Request, Response
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send


class PlannedRoute(APIRoute):
    """As any route in what it declares, documents, and does in which order.

    Its endpoint and their dependencies are coroutines or asynchronous generators that take the request and
    other dependencies, nothing else; TypeError tells of others when the route is made.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        plan = _Plan(self.endpoint)

        async def handle(request: Request) -> Response:
            async with AsyncExitStack() as held:
                return _Holding(await plan.run(request, held), held.pop_all())

        return handle


class _Holding(Response):
    """A response during which dependencies are held: they end once it was sent."""

    def __init__(self, response: Response, held: AsyncExitStack) -> None:
        self._response, self._held = response, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with self._held:
            await self._response(scope, receive, send)


class _Step(NamedTuple):
    """A call: the places among all values at which its arguments are found, by name."""

    call: Callable[..., Any]
    arguments: dict[str, int]
    is_held: bool


class _Plan:
    """The calls that lead to an endpoint's arguments, in FastAPI's order, each once; the endpoint is last.

    Args:
        endpoint: what is to be called.
    """

    def __init__(self, endpoint: Callable[..., Any]) -> None:
        self._steps: list[_Step] = []
        # The request is the first of all values; that of each step follows.
        self._places: dict[Any, int] = {}
        self._place(endpoint)

    def _place(self, call: Callable[..., Any]) -> int:
        """Where a call's value will be, with all that it needs before it."""
        if call not in self._places:
            arguments = {name: self._place_of(kind, name, call) for name, kind in _parameters(call)}
            is_held = inspect.isasyncgenfunction(call)
            made = asynccontextmanager(call) if is_held else call
            self._steps.append(_Step(made, arguments, is_held))
            self._places[call] = len(self._steps)
        return self._places[call]

    def _place_of(self, kind: Any, name: str, call: Callable[..., Any]) -> int:
        # FastAPI's own ask for what requests and websockets have in common.
        if kind in (Request, HTTPConnection):
            return 0
        for depends in getattr(kind, "__metadata__", ()):
            if isinstance(depends, Depends) and depends.dependency is not None:
                return self._place(depends.dependency)
        raise TypeError(f"A planned route can't give {call!r} its argument '{name}'.")

    async def run(self, request: Request, held: AsyncExitStack) -> Response:
        """Call all; generators go on when `held` ends."""
        values: list[Any] = [request]
        for call, arguments, is_held in self._steps:
            made = call(**{name: values[place] for name, place in arguments.items()})
            values.append(await (held.enter_async_context(made) if is_held else made))
        response: Response = values[-1]
        return response


def _parameters(call: Callable[..., Any]) -> list[tuple[str, Any]]:
    """Names and types of what something takes that is called: a function, or an object with `__call__`."""
    hints = get_type_hints(call if inspect.isfunction(call) else type(call).__call__, include_extras=True)
    return [(name, hints.get(name)) for name in inspect.signature(call).parameters]
