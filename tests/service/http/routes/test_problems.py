"""Whatever goes wrong is a problem document."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.app import create_app
from service.schemas.problem import Problem
from service.settings import Settings
from tests.service.conftest import wait_until_ready
from tests.service.gated_fitter import gated, until
from tests.service.people import document


def problem(response: Any, status: int) -> Problem:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate(response.json())
    assert found.status == status
    return found


def test_what_is_not_json(client: TestClient) -> None:
    found = problem(client.post("/v1/fit", content=b'{"people": [}'), 400)
    assert "line 1, column" in found.detail
    assert found.instance == "/v1/fit"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/csv"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Encoding": "br"}, 415),
        ({"Content-Encoding": "gzip"}, 400),
        ({"Accept": "text/html"}, 406),
    ],
)
def test_headers_that_cannot_be_served(client: TestClient, headers: dict[str, str], status: int) -> None:
    problem(client.post("/v1/fit", json=document(), headers=headers), status)


def test_the_offending_value_is_named(client: TestClient) -> None:
    value = document()
    value["people"][0]["pose_keypoints_2d"][14] = "left"
    found = problem(client.post("/v1/fit", json=value), 422)
    (fault,) = found.errors
    assert fault.path == "people[0].pose_keypoints_2d[14]"
    assert fault.message in found.detail


def test_a_key_that_is_no_proper_text_does_no_harm(client: TestClient) -> None:
    body = b'{"people": [], "x": NaN, "camera": {"fx": 1, "\\ud800": 2}}'
    found = problem(client.post("/v1/fit", content=body), 422)
    assert found.errors[0].path.startswith("camera")


def test_a_long_key_is_cut_short(client: TestClient) -> None:
    found = problem(client.post("/v1/fit", json={"people": [], "options": {"k" * 100_000: 1}}), 422)
    assert len(found.detail) < 1000


def test_unknown_paths_and_methods(client: TestClient) -> None:
    assert problem(client.get("/v1/é?x=1"), 404).instance == "/v1/%C3%A9"
    response = client.get("/v1/fit")
    problem(response, 405)
    assert response.headers["allow"] == "POST"


@pytest.fixture(scope="module")
def small(served: ServedModel) -> Iterator[TestClient]:
    """An application that takes little."""
    with TestClient(create_app(Settings(max_body_bytes=1000, max_people=2), served)) as client:
        wait_until_ready(client)
        yield client


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(small: TestClient, chunked: bool) -> None:
    pieces = iter([b" " * 400] * 3)
    problem(small.post("/v1/fit", content=pieces if chunked else b" " * 1001), 413)


def test_more_people_than_allowed(small: TestClient) -> None:
    found = problem(small.post("/v1/fit", json={"people": [{}, {}, {}]}), 422)
    assert found.errors[0].path == "people"


def test_a_full_queue(served: ServedModel) -> None:
    client, fitter = gated(served, queue_size=1)
    with client, ThreadPoolExecutor(2) as pool:
        wait_until_ready(client)
        fitter.gate.clear()
        fitter.entered.clear()
        taken = [pool.submit(client.post, "/v1/fit", json=document())]
        # Only once the first has left the queue is there room for the second to wait in it.
        assert fitter.entered.wait(10)
        taken.append(pool.submit(client.post, "/v1/fit", json=document()))
        until(lambda: client.get("/health").json()["queue_depth"] == 1)
        # Refused before anything of it is looked at.
        for sent in (
            {"json": document()},
            {"content": b"not json", "headers": {"Content-Type": "text/plain"}},
        ):
            response = client.post("/v1/fit", **sent)
            assert problem(response, 503).type == "urn:hmr:problem:queue-full"
            assert int(response.headers["Retry-After"]) >= 1
            assert response.headers["X-Request-ID"]
        fitter.gate.set()
        assert [future.result().status_code for future in taken] == [200, 200]
        counted = client.get("/metrics").text
        assert 'hmr_rejected_total{reason="queue_full"} 2.0' in counted
        assert 'http_requests_total{method="POST",route="/v1/fit",status="503"} 2.0' in counted


def test_a_deadline_that_passes(served: ServedModel) -> None:
    client, fitter = gated(served, deadline_seconds=0.05)
    with client:
        wait_until_ready(client)
        fitter.gate.clear()
        problem(client.post("/v1/fit", json=document()), 504)
        fitter.gate.set()


def test_a_fit_that_breaks_is_followed_by_one_that_works(served: ServedModel) -> None:
    client, fitter = gated(served)
    with client:
        wait_until_ready(client)
        fitter.broken = True
        found = problem(client.post("/v1/fit", json=document()), 500)
        assert "luck" not in found.detail
        fitter.broken = False
        assert client.post("/v1/fit", json=document()).status_code == 200


def test_a_warm_up_that_breaks_is_never_ready(served: ServedModel) -> None:
    client, fitter = gated(served)
    fitter.broken = True
    with client:
        until(lambda: client.get("/health").json()["status"] != "warming")
        assert client.get("/health").json()["status"] == "failed"
        assert client.get("/livez").status_code == 200
        problem(client.get("/readyz"), 503)


def test_the_unexpected(served: ServedModel) -> None:
    app = create_app(Settings(), served)

    @app.get("/boom")
    async def boom() -> None:
        raise KeyError("nobody expects this")

    found = problem(TestClient(app, raise_server_exceptions=False).get("/boom"), 500)
    assert "expects" not in found.detail
