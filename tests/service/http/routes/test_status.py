"""Health, models, metrics."""

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from model.weights import ServedModel
from service.app import create_app
from service.runtime import Runtime, State
from service.settings import Settings
from tests.service.conftest import wait_until_ready
from tests.service.gated_fitter import live
from tests.service.people import crowd, document

NAMES = {
    "http_requests",
    "http_request_duration_seconds",
    "hmr_fit_duration_seconds",
    "hmr_fit_people",
    "hmr_batch_size",
    "hmr_queue_depth",
    "hmr_queue_wait_seconds",
    "hmr_rejected",
    "hmr_reloads",
    "hmr_reprojection_error_ratio",
    "hmr_model_info",
}

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(client: TestClient) -> Samples:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(response.text))
    assert {family.name for family in families} >= NAMES
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_models_are_named(client: TestClient, served: ServedModel) -> None:
    (model,) = client.get("/v1/models").json()["models"]
    assert model["weights"] == {"version": "test", "sha256": served.weights_sha256}
    assert model["body"]["sha256"] == served.body_sha256
    assert model["parameters"] == sum(p.numel() for p in served.fitter.recovery.parameters())


def test_requests_are_counted_by_template_and_people_by_outcome(served: ServedModel) -> None:
    with TestClient(create_app(Settings(), served)) as client:
        wait_until_ready(client)
        client.post("/v1/fit", json=document(*crowd(2), {}))
        client.post("/v1/fit", json={})
        client.get("/v1/nothing/../../etc/passwd")
        client.request("BREW", "/livez")
        client.put("/v1/fit")
        samples = scrape(client)

    def requests(method: str, route: str, status: str) -> float:
        labels = (("method", method), ("route", route), ("status", status))
        return samples.get(("http_requests_total", labels), 0)

    assert requests("POST", "/v1/fit", "200") == 1
    assert requests("POST", "/v1/fit", "422") == 1
    assert requests("PUT", "/v1/fit", "405") == 1
    assert requests("GET", "unmatched", "404") == 1
    assert requests("OTHER", "/livez", "405") == 1
    assert samples[("hmr_fit_people_total", (("outcome", "ok"),))] == 2
    assert samples[("hmr_fit_people_total", (("outcome", "too_few_keypoints"),))] == 1
    assert samples[("hmr_reprojection_error_ratio_count", ())] == 2
    assert samples[("hmr_batch_size_sum", ())] == 3
    assert samples[("hmr_queue_wait_seconds_count", ())] == 1
    identity = (("body", "balls"), ("sha256", served.weights_sha256), ("version", "test"))
    assert samples[("hmr_model_info", identity)] == 1


def test_health_is_told_to_people(client: TestClient) -> None:
    health = client.get("/health").json()
    assert health["status"] == "ready"
    assert health["uptime_seconds"] > 0
    assert health["queue_depth"] == 0


@pytest.mark.parametrize("state", [State.LOADING, State.WARMING, State.DRAINING, State.FAILED])
def test_until_it_is_ready_only_life_is_shown(served: ServedModel, state: State) -> None:
    app = create_app(Settings(), served)
    runtime: Runtime = app.state.runtime
    with TestClient(app) as client:
        wait_until_ready(client)
        runtime.state = state
        for response in (client.get("/readyz"), client.post("/v1/fit", json=document())):
            assert response.status_code == 503
            assert int(response.headers["Retry-After"]) >= 1
            assert response.json()["detail"] == state.sentence
        assert client.get("/livez").status_code == 200
        assert client.get("/health").json()["status"] == state.value


@pytest.mark.parametrize("path", ["/", "/health", "/livez", "/readyz"])
def test_monitors_may_ask_for_the_head_alone(served: ServedModel, path: str) -> None:
    with live(served) as (url, _, _):
        full, head = httpx.get(url + path), httpx.head(url + path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == full.headers["content-type"]
        refused = httpx.put(url + path)
    assert refused.status_code == 405
    assert "GET" in refused.headers["allow"]


def test_the_head_tells_that_it_is_not_ready(served: ServedModel) -> None:
    app = create_app(Settings(), served)
    with TestClient(app) as client:
        wait_until_ready(client)
        app.state.runtime.state = State.DRAINING
        assert client.head("/readyz").status_code == 503
        assert client.head("/livez").status_code == 200


def test_before_the_start_there_is_no_body() -> None:
    # Without a context the application's start is never run.
    client = TestClient(create_app(Settings()))
    for path in ("/v1/body", "/v1/models", "/readyz"):
        assert client.get(path).status_code == 503
    assert client.get("/health").json()["weights"] is None
