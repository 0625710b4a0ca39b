"""Counts and durations of HTTP requests."""

import logging

import anyio
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from service.observability.http_metrics import HttpMetricsMiddleware
from service.observability.logs import FIELDS
from service.observability.metrics import Metrics


def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok", status_code=int(request.path_params["status"]))


def fail(_: Request) -> PlainTextResponse:
    raise KeyError


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> TestClient:
    routes = [
        Route("/answers/{status}", answer, methods=["GET", "POST"]),
        Route("/fail", fail),
        Route("/livez", fail),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(HttpMetricsMiddleware, metrics=metrics)
    return TestClient(app, raise_server_exceptions=False)


def count(registry: CollectorRegistry, method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return registry.get_sample_value("http_requests_total", labels) or 0.0


def test_requests_are_counted_by_the_template_of_their_route(client: TestClient, metrics: Metrics) -> None:
    for status in (200, 200, 503):
        client.get(f"/answers/{status}")
    client.post("/answers/200")
    assert count(metrics.registry, "GET", "/answers/{status}", 200) == 2
    assert count(metrics.registry, "GET", "/answers/{status}", 503) == 1
    assert count(metrics.registry, "POST", "/answers/{status}", 200) == 1


def test_unknown_paths_and_methods_share_a_label(client: TestClient, metrics: Metrics) -> None:
    for number in range(3):
        client.get(f"/nowhere/{number}")
        client.request(f"ODD{number}", "/nowhere")
    assert count(metrics.registry, "GET", "unmatched", 404) == 3
    assert count(metrics.registry, "OTHER", "unmatched", 404) == 3


def test_failed_requests_count_as_status_500(client: TestClient, metrics: Metrics) -> None:
    client.get("/fail")
    assert count(metrics.registry, "GET", "/fail", 500) == 1
    labels = {"method": "GET", "route": "/fail"}
    assert metrics.registry.get_sample_value("http_request_duration_seconds_count", labels) == 1


def test_polled_routes_are_logged_at_debug_level(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "service.observability.http_metrics"):
        client.get("/answers/201")
        client.get("/livez")
    found = [(record.levelno, getattr(record, FIELDS)["route"]) for record in caplog.records]
    assert found == [(logging.INFO, "/answers/{status}"), (logging.DEBUG, "/livez")]


def test_other_protocols_pass_unchanged(metrics: Metrics) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    anyio.run(HttpMetricsMiddleware(app, metrics), {"type": "lifespan"}, receive, send)
    assert seen == [{"type": "lifespan"}]
    assert b"http_requests_total{" not in metrics.render()
