"""The door: in a flood, fits are refused in full form and at once, and nobody else notices."""

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

from model.weights import ServedModel
from service.schemas.problem import Problem
from tests.service.gated_fitter import live, until
from tests.service.people import document
from tests.service.test_server import TIMEOUT, depth, occupy, post

# One that is fitted and one that waits: any more is a flood.
FEW = {"queue_size": 1, "max_batch_people": 1}


def test_a_flood_is_refused_with_a_problem_document_and_the_rest_goes_on(served: ServedModel) -> None:
    with live(served, **FEW) as (url, server, fitter), ThreadPoolExecutor(2) as pool:
        taken = [occupy(pool, url, fitter), pool.submit(post, url, document())]
        until(lambda: len(server.server_state.tasks) == 2)
        refused = [post(url, document()) for _ in range(3)]
        for answer in refused:
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["connection"] == "close"
            assert Problem.model_validate(answer.json()).status == 503
        assert httpx.get(f"{url}/livez", timeout=TIMEOUT).status_code == 200
        assert depth(url) == 1
        fitter.gate.set()
        assert [one.result().status_code for one in taken] == [200, 200]
        assert post(url, document()).status_code == 200
        metrics = httpx.get(f"{url}/metrics", timeout=TIMEOUT).text
    assert 'hmr_rejected_total{reason="queue_full"} 3.0' in metrics
    assert 'http_requests_total{method="POST",route="/v1/fit",status="503"} 3.0' in metrics


def test_who_is_still_sending_hears_the_refusal(served: ServedModel) -> None:
    """A reset by the server would take the answer away with it."""
    with live(served, **FEW) as (url, server, fitter), ThreadPoolExecutor(2) as pool:
        taken = [occupy(pool, url, fitter), pool.submit(post, url, document())]
        until(lambda: len(server.server_state.tasks) == 2)
        place = urlsplit(url)
        with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as late:
            late.sendall(b"POST /v1/fit HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
            until(lambda: late.recv(1, socket.MSG_PEEK) == b"H")
            late.sendall(b" " * 900_000)
            heard = b"".join(iter(lambda: late.recv(65536), b""))
        assert heard.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert heard.endswith(b"}")
        fitter.gate.set()
        assert [one.result().status_code for one in taken] == [200, 200]


def test_a_connection_that_was_used_before_is_refused_too(served: ServedModel) -> None:
    with live(served, **FEW) as (url, server, fitter), ThreadPoolExecutor(2) as pool, httpx.Client() as kept:
        assert kept.post(f"{url}/v1/fit", json=document(), timeout=TIMEOUT).status_code == 200
        taken = [occupy(pool, url, fitter), pool.submit(post, url, document())]
        until(lambda: len(server.server_state.tasks) == 2)
        assert kept.post(f"{url}/v1/fit", json=document(), timeout=TIMEOUT).status_code == 503
        fitter.gate.set()
        assert [one.result().status_code for one in taken] == [200, 200]
