"""Keys, rates, deadlines and back-pressure as clients see them."""

from concurrent.futures import ThreadPoolExecutor

from fastapi.testclient import TestClient
from pydantic import SecretStr

from model.weights import ServedModel
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import wait_until_ready
from tests.service.gated_fitter import gated, until
from tests.service.http.routes.test_problems import problem
from tests.service.people import document

KEY = "correct-horse-battery"
KEYS = SecretStr(f"ann:{KEY} bob:{KEY[::-1]}")
ANN, BOB = ({"Authorization": f"Bearer {key}"} for key in (KEY, KEY[::-1]))


def test_with_keys_in_use_only_fits_need_one(served: ServedModel) -> None:
    with TestClient(create_app(Settings(api_keys=KEYS), served)) as client:
        wait_until_ready(client)
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEY}"}):
            response = client.post("/v1/fit", json=document(), headers=headers)
            problem(response, 401)
            assert response.headers["WWW-Authenticate"] == "Bearer"
        assert client.post("/v1/fit", json=document(), headers=ANN).status_code == 200
        assert client.get("/v1/body").status_code == 200
        assert 'hmr_rejected_total{reason="unauthorized"} 3.0' in client.get("/metrics").text


def test_a_client_who_does_too_much_waits_and_others_do_not(served: ServedModel) -> None:
    client, fitter = gated(served, api_keys=KEYS, key_concurrency=1)
    with client, ThreadPoolExecutor(2) as pool:
        wait_until_ready(client)
        fitter.gate.clear()
        fitter.entered.clear()
        first = pool.submit(client.post, "/v1/fit", json=document(), headers=ANN)
        assert fitter.entered.wait(10)
        response = client.post("/v1/fit", json=document(), headers=ANN)
        problem(response, 429)
        assert int(response.headers["Retry-After"]) >= 1
        other = pool.submit(client.post, "/v1/fit", json=document(), headers=BOB)
        until(lambda: client.get("/health").json()["queue_depth"] == 1)
        fitter.gate.set()
        assert [first.result().status_code, other.result().status_code] == [200, 200]
        assert client.post("/v1/fit", json=document(), headers=ANN).status_code == 200


def test_a_client_may_be_less_patient_than_the_service(served: ServedModel) -> None:
    client, fitter = gated(served)
    with client:
        wait_until_ready(client)
        fitter.gate.clear()
        found = problem(client.post("/v1/fit", json=document(), headers={"Prefer": "wait=0.05"}), 504)
        fitter.gate.set()
        assert "0.05 s" in found.detail
        response = client.post("/v1/fit", json=document(), headers={"Prefer": "wait=20"})
        assert response.headers["Preference-Applied"] == "wait=20"
        assert "Preference-Applied" not in client.post("/v1/fit", json=document()).headers


def test_gzip_is_taken(client: TestClient) -> None:
    import gzip
    import json

    packed = gzip.compress(json.dumps(document()).encode())
    assert client.post("/v1/fit", content=packed, headers={"Content-Encoding": "gzip"}).status_code == 200
