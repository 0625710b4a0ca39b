"""A planned route does what FastAPI's own does, in the same order."""

from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from service.http.planned_route import PlannedRoute

Log = list[str]


def client_of(route_class: type[APIRoute], log: Log) -> TestClient:
    """An application of a tree of dependencies, all of which log that they were called."""

    async def first(request: Request) -> str:
        log.append("first")
        return request.headers.get("x-name", "")

    async def held(name: Annotated[str, Depends(first)]) -> AsyncIterator[str]:
        log.append("held")
        try:
            yield name.upper()
        except ValueError as error:
            log.append(f"saw {error}")
            raise
        finally:
            log.append("let go")

    bearer = HTTPBearer(auto_error=False)

    async def key(found: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
        log.append("key")
        return "" if found is None else found.credentials

    router = APIRouter(route_class=route_class)

    class Logged(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await super().__call__(scope, receive, send)
            log.append("sent")

    @router.post("/")
    async def endpoint(
        key: Annotated[str, Depends(key)],
        loud: Annotated[str, Depends(held)],
        name: Annotated[str, Depends(first)],
        request: Request,
    ) -> Response:
        log.append("endpoint")
        if name == "bad":
            raise ValueError(name)
        return Logged(f"{key} {loud} {name} {request.method}")

    app = FastAPI()
    app.include_router(router)

    @app.exception_handler(ValueError)
    async def told(_: Request, error: ValueError) -> Response:
        return Response(f"told {error}", 400)

    return TestClient(app)


@pytest.mark.parametrize("name", ["ann", "bad", ""])
def test_it_is_as_the_plain_one(name: str) -> None:
    logs: list[Log] = [[], []]
    plain, planned = (client_of(kind, log) for kind, log in zip((APIRoute, PlannedRoute), logs, strict=True))
    headers = {"x-name": name, "authorization": "Bearer secret"}
    expected, found = (client.post("/", headers=headers) for client in (plain, planned))
    assert (found.status_code, found.text) == (expected.status_code, expected.text)
    assert logs[1] == logs[0]
    assert planned.get("/openapi.json").json() == plain.get("/openapi.json").json()


def test_what_is_held_is_let_go_after_the_answer() -> None:
    log: Log = []
    assert client_of(PlannedRoute, log).post("/", headers={"x-name": "ann"}).text == " ANN ann POST"
    assert log == ["key", "first", "held", "endpoint", "sent", "let go"]


def test_a_failure_is_seen_by_what_is_held() -> None:
    log: Log = []
    assert client_of(PlannedRoute, log).post("/", headers={"x-name": "bad"}).status_code == 400
    assert log[-2:] == ["saw bad", "let go"]


def test_other_arguments_are_refused_when_the_route_is_made() -> None:
    router = APIRouter(route_class=PlannedRoute)

    async def endpoint(count: int) -> Response:
        return Response(str(count))

    with pytest.raises(TypeError, match="'count'"):
        router.add_api_route("/", endpoint)
