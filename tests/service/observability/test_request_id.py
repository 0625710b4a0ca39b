"""IDs of requests in answers and in the log, which has no contents of requests."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from model.weights import ServedModel
from service.app import create_app
from service.observability.logs import JsonFormatter
from service.observability.request_id import Correlation
from service.settings import Settings
from tests.service.people import document

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Collect the log of the service as JSON lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("service")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_request_and_trace_ids_are_in_the_answer_and_the_log(client: TestClient, lines: io.StringIO) -> None:
    headers = {"X-Request-ID": "mine-1", "traceparent": TRACE}
    answer = client.post("/v1/fit", json=document(), headers=headers)
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["traceparent"] == TRACE
    (entry,) = (entry for entry in entries(lines) if entry["message"] == "request")
    assert entry["request_id"] == "mine-1"
    assert entry["trace_id"] == TRACE.split("-")[1]
    assert (entry["method"], entry["route"], entry["status"]) == ("POST", "/v1/fit", 200)
    assert entry["ms"] > 0


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", "a\tb"])
def test_invalid_request_ids_are_replaced(given: str) -> None:
    made = [Correlation.of(Headers(raw=[(b"x-request-id", given.encode())])) for _ in range(2)]
    assert made[0].request_id != made[1].request_id
    assert given not in (one.request_id for one in made)


@pytest.mark.parametrize(
    "trace", ["", "00-1-2-3", TRACE.upper(), "ff" + TRACE[2:], TRACE.replace("4bf92f", "0000g0")]
)
def test_invalid_traceparent_is_ignored(trace: str) -> None:
    assert Correlation.of(Headers({"traceparent": trace})).traceparent is None


def test_error_answers_have_the_request_id(served: ServedModel, client: TestClient) -> None:
    assert client.get("/nowhere", headers={"X-Request-ID": "a"}).headers["x-request-id"] == "a"
    app = create_app(Settings(), served)

    @app.get("/boom")
    async def boom() -> None:
        raise KeyError

    broken = TestClient(app, raise_server_exceptions=False)
    assert broken.get("/boom", headers={"X-Request-ID": "b"}).headers["x-request-id"] == "b"


def test_contents_of_requests_are_not_logged(client: TestClient, lines: io.StringIO) -> None:
    value = document(id="private-7")
    value["people"][0]["pose_keypoints_2d"][0] = 123.456789
    client.post("/v1/fit?token=private-8", json=value)
    value["people"][0]["pose_keypoints_2d"][1] = "private-9"
    client.post("/v1/fit", json=value, headers={"Authorization": "Bearer private-10"})
    client.get("/private-11")
    assert len(entries(lines)) >= 3
    assert "private" not in lines.getvalue()
    assert "123.456789" not in lines.getvalue()
