"""Other weights without a stop: served at once when they are good, and not at all when they aren't."""

import copy
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from fastapi.testclient import TestClient

from model.fit.network import Recovery
from model.weights import MANIFEST, ServedModel, load_served
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import wait_until_ready
from tests.service.gated_fitter import gated, until
from tests.service.http.routes.test_limits import ANN, KEYS
from tests.service.http.routes.test_problems import problem
from tests.service.people import document
from tests.service.weights_folder import BODY, RECOVERY, write_weights


def other(recovery: Recovery, factor: float = 0.5) -> Recovery:
    """The same networks with other numbers in them."""
    changed = copy.deepcopy(recovery)
    with torch.no_grad():
        for parameter in changed.parameters():
            parameter.mul_(factor)
    return changed


@pytest.fixture
def reloading(weights: Path) -> Iterator[TestClient]:
    """Of an application with keys that serves version 7."""
    with TestClient(create_app(Settings(weights=weights, api_keys=KEYS))) as client:
        wait_until_ready(client)
        yield client


def reload(client: TestClient, headers: dict[str, str] = ANN) -> Any:
    return client.post("/v1/models/reload", headers=headers)


def fitted(client: TestClient) -> Any:
    response = client.post("/v1/fit", json=document(), headers=ANN)
    assert response.status_code == 200, response.text
    return response.json()


def version(client: TestClient) -> str:
    """As all that names one says."""
    (model,) = client.get("/v1/models").json()["models"]
    found: str = model["weights"]["version"]
    assert fitted(client)["weights"] == client.get("/health").json()["weights"] == model["weights"]
    (line,) = (text for text in client.get("/metrics").text.splitlines() if text.startswith("hmr_model_info"))
    assert f'version="{found}"' in line
    return found


def reloads(client: TestClient, result: str) -> str:
    lines = client.get("/metrics").text.splitlines()
    (line,) = (text for text in lines if text.startswith(f'hmr_reloads_total{{result="{result}"}}'))
    return line.split()[-1]


def test_new_weights_are_served_at_once(reloading: TestClient, weights: Path, served: ServedModel) -> None:
    before = fitted(reloading)
    write_weights(weights, other(served.fitter.recovery), "8")
    assert version(reloading) == "7"
    response = reload(reloading)
    assert response.status_code == 200, response.text
    assert response.json() == reloading.get("/v1/models").json()
    assert version(reloading) == "8"
    after = fitted(reloading)
    assert after["weights"]["sha256"] != before["weights"]["sha256"]
    assert after["people"][0]["pose"] != before["people"][0]["pose"]
    assert reloads(reloading, "ok") == "1.0"


def change_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("fault", ["byte", "body", "missing", "manifest", "version", "not finite"])
def test_the_old_weights_stay_if_anything_is_wrong(
    reloading: TestClient, weights: Path, served: ServedModel, fault: str
) -> None:
    write_weights(weights, other(served.fitter.recovery), "8")
    manifest = weights / MANIFEST
    named = {"byte": RECOVERY, "body": BODY, "missing": RECOVERY, "not finite": "finite"}.get(fault, MANIFEST)
    if fault in ("byte", "body"):
        change_a_byte(weights / named)
    elif fault == "missing":
        (weights / named).unlink()
    elif fault == "manifest":
        manifest.write_text(manifest.read_text()[:-9])
    elif fault == "version":
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": 8}))
    else:
        write_weights(weights, other(served.fitter.recovery, float("nan")), "8")
    found = problem(reload(reloading), 409)
    assert named in found.detail
    assert version(reloading) == "7"
    assert reloads(reloading, "failed") == "1.0"
    (weights / BODY).unlink()
    write_weights(weights, other(served.fitter.recovery), "8")
    assert reload(reloading).status_code == 200
    assert version(reloading) == "8"


def test_only_holders_of_a_key_may(client: TestClient, reloading: TestClient) -> None:
    assert "SIGHUP" in problem(reload(client), 403).detail
    problem(reload(reloading, {}), 401)
    problem(reload(reloading, {"Authorization": "Bearer wrong"}), 401)
    assert version(reloading) == "7"


def test_requests_that_have_begun_finish_on_the_old(weights: Path, served: ServedModel) -> None:
    client, fitter = gated(load_served(weights), weights=weights, api_keys=KEYS)
    write_weights(weights, other(served.fitter.recovery), "8")
    with client, ThreadPoolExecutor(3) as pool:
        wait_until_ready(client)
        fitter.gate.clear()
        fitter.entered.clear()
        running = pool.submit(fitted, client)
        assert fitter.entered.wait(10)
        waiting = pool.submit(fitted, client)
        until(lambda: client.get("/health").json()["queue_depth"] == 1)
        changing = pool.submit(reload, client)
        fitter.gate.set()
        assert changing.result().status_code == 200
        begun = [future.result() for future in (running, waiting)]
        assert [answer["weights"]["version"] for answer in begun] == ["7", "7"]
        assert begun[0]["people"] == begun[1]["people"]
        assert version(client) == "8"


def test_under_load_nothing_fails(reloading: TestClient, weights: Path, served: ServedModel) -> None:
    """Each answer is wholly the old weights' or wholly the new ones'."""
    recoveries = {"7": served.fitter.recovery, "8": other(served.fitter.recovery)}
    stop = False

    def ask() -> list[Any]:
        found = []
        while not stop:
            found.append(fitted(reloading))
        return found

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for wanted in ("8", "7", "8"):
                write_weights(weights, recoveries[wanted], wanted)
                assert reload(reloading).status_code == 200
                change_a_byte(weights / RECOVERY)
                assert reload(reloading).status_code == 409
                assert fitted(reloading)["weights"]["version"] == wanted
        finally:
            stop = True
        answers = [answer for future in asking for answer in future.result()]
    poses: dict[str, list[Any]] = {}
    for answer in answers:
        poses.setdefault(answer["weights"]["version"], []).append(answer["people"][0]["betas"])
    assert set(poses) == {"7", "8"}
    for same in poses.values():
        torch.testing.assert_close(torch.tensor(same), torch.tensor(same[:1]).expand(len(same), -1))
    assert not torch.allclose(torch.tensor(poses["7"][0]), torch.tensor(poses["8"][0]), rtol=1e-3)
