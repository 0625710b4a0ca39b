"""The server at a real port: shared batches, clients that hang up, and stopping."""

import asyncio
import json
import os
import signal
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import uvicorn

from model.weights import ServedModel
from service.app import create_app
from service.server import DrainingServer
from service.settings import Settings
from tests.service.gated_fitter import GatedFitter, live, until
from tests.service.http.routes.test_fit import assert_same_person
from tests.service.people import CAMERA, IMAGE, crowd, document, person
from tests.service.weights_folder import RECOVERY, write_weights

TIMEOUT = httpx.Timeout(20)


def post(url: str, value: Any, **headers: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/fit", json=value, headers=headers, timeout=TIMEOUT)


def depth(url: str) -> int:
    count: int = httpx.get(f"{url}/health", timeout=TIMEOUT).json()["queue_depth"]
    return count


def occupy(pool: ThreadPoolExecutor, url: str, fitter: GatedFitter) -> Future[httpx.Response]:
    """A request whose fit waits at the gate."""
    fitter.gate.clear()
    fitter.entered.clear()
    first = pool.submit(post, url, document())
    assert fitter.entered.wait(20)
    return first


def varied() -> list[Any]:
    """Requests that ask for different things."""
    people = crowd(12)
    betas = [1.0] + [0.0] * 9
    return [
        document(*people[:2], camera=CAMERA),
        document(people[2], options={"steps": 9}),
        document(people[3], options={"betas": betas}),
        document(people[4], {}, person(np.zeros((25, 3))), image=IMAGE),
        {"people": []},
        document(people[5], camera={"fov_deg": 60}, image=IMAGE),
        document(people[6], options={"steps": 0}),
        document(people[7], options={"steps": 9, "mesh": True}),
        *(document(one) for one in people[8:]),
    ]


def test_requests_that_share_a_batch_are_answered_as_alone(served: ServedModel) -> None:
    requests = varied()
    with live(served) as (url, _, fitter), ThreadPoolExecutor(len(requests) + 1) as pool:
        alone = [post(url, value) for value in requests]
        fitter.people.clear()
        first = occupy(pool, url, fitter)
        waiting = [pool.submit(post, url, value) for value in requests]
        until(lambda: depth(url) == len(requests))
        fitter.gate.set()
        together = [future.result() for future in waiting]
        assert first.result().status_code == 200
    # The gate's own; then nobody's steps differ within a batch: 4, 9 and 0.
    assert sorted(fitter.people) == [1, 1, 2, 11]
    for one, other in zip(alone, together, strict=True):
        assert one.status_code == other.status_code == 200
        for a, b in zip(one.json()["people"], other.json()["people"], strict=True):
            assert (a["status"], a["camera"]) == (b["status"], b["camera"])
            if a["status"] == "ok":
                assert_same_person(a, b)
        assert {k: v for k, v in one.json().items() if k not in ("people", "timing_ms")} == {
            k: v for k, v in other.json().items() if k not in ("people", "timing_ms")
        }


def test_a_client_that_hangs_up_has_its_work_dropped(served: ServedModel) -> None:
    with live(served) as (url, _, fitter), ThreadPoolExecutor(2) as pool:
        first = occupy(pool, url, fitter)
        place = urlsplit(url)
        body = json.dumps(document(*crowd(5))).encode()
        head = f"POST /v1/fit HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection((str(place.hostname), int(place.port or 0))) as gone:
            gone.sendall(head + body)
            until(lambda: depth(url) == 1)
        until(lambda: depth(url) == 0)
        fitter.gate.set()
        assert first.result().status_code == 200
        assert post(url, document()).status_code == 200
        metrics = httpx.get(f"{url}/metrics", timeout=TIMEOUT).text
    assert fitter.people == [1, 1]
    assert 'hmr_rejected_total{reason="client_gone"} 1.0' in metrics
    assert 'status="499"' in metrics


def test_told_to_stop_it_is_not_ready_finishes_what_it_took_and_closes(served: ServedModel) -> None:
    with live(served, drain_seconds=20) as (url, server, fitter), ThreadPoolExecutor(4) as pool:
        taken = [occupy(pool, url, fitter), *(pool.submit(post, url, document()) for _ in range(2))]
        until(lambda: depth(url) == 2)
        server.handle_exit(signal.SIGTERM, None)
        assert httpx.get(f"{url}/readyz", timeout=TIMEOUT).status_code == 503
        assert httpx.get(f"{url}/livez", timeout=TIMEOUT).status_code == 200
        refused = post(url, document())
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        # A second signal doesn't wait for load balancers, but for those who were taken.
        server.handle_exit(signal.SIGTERM, None)
        until(lambda: not server.servers[0].is_serving())
        fitter.gate.set()
        assert [future.result().status_code for future in taken] == [200] * 3


def test_a_hangup_changes_the_weights(weights: Path, served: ServedModel) -> None:
    async def serve() -> list[str]:
        app = create_app(Settings(weights=weights))
        config = uvicorn.Config(app, port=0, log_config=None)
        server, runtime = DrainingServer(config, app.state.runtime), app.state.runtime
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(20):
            while runtime.state != "ready" or not server.started:
                await asyncio.sleep(0.01)
            found = [runtime.model.version]
            for version, result in (("8", "ok"), ("broken", "failed")):
                write_weights(weights, served.fitter.recovery, version)
                if result == "failed":
                    (weights / RECOVERY).unlink()
                os.kill(os.getpid(), signal.SIGHUP)
                while f'hmr_reloads_total{{result="{result}"}} 1.0' not in runtime.metrics.render().decode():
                    await asyncio.sleep(0.01)
                found.append(runtime.model.version)
        server.should_exit = True
        await serving
        return found

    assert asyncio.run(serve()) == ["7", "8", "8"]


def test_the_port_is_closed_when_the_time_is_over(served: ServedModel) -> None:
    with live(served, drain_seconds=0) as (_, server, _):
        server.handle_exit(signal.SIGTERM, None)
        until(lambda: not server.servers[0].is_serving())
