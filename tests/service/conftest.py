"""A served model that needs no file and is quick, and a client of an application that serves it."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import torch
from fastapi.testclient import TestClient

from model.body.body import Body
from model.fit.fitter import Fitter
from model.fit.initializer import InitializerConfig
from model.fit.network import Recovery, RecoveryConfig
from model.optimizer.lsr1 import LSR1Config
from model.weights import ServedModel
from service.app import create_app
from service.settings import Settings
from tests.service.stand_in_body import stand_in_body
from tests.service.weights_folder import write_weights

READY_WITHIN_SECONDS = 20


def make_served() -> ServedModel:
    """Untrained, tiny networks and a body of balls."""
    torch.manual_seed(0)
    config = RecoveryConfig(InitializerConfig(width=16, blocks=1, context=2), LSR1Config(width=8, hidden=8))
    arrays = stand_in_body()
    fitter = Fitter(Recovery(config), Body(arrays))
    return ServedModel(fitter, "test", "a" * 64, arrays.name, arrays.licence, "b" * 64)


def wait_until_ready(client: TestClient | httpx.Client) -> None:
    """Return once `/readyz` says so."""
    for _ in range(100 * READY_WITHIN_SECONDS):
        if client.get("/readyz").status_code == 200:
            return
        time.sleep(0.01)
    raise AssertionError(f"not ready after {READY_WITHIN_SECONDS} s: {client.get('/health').text}")


@pytest.fixture(scope="session")
def served() -> ServedModel:
    """A model for tests that don't change it."""
    return make_served()


@pytest.fixture
def weights(tmp_path: Path, served: ServedModel) -> Path:
    """A folder of weights, version 7."""
    write_weights(tmp_path, served.fitter.recovery, "7")
    return tmp_path


@pytest.fixture(scope="session")
def client(served: ServedModel) -> Iterator[TestClient]:
    """Of an application with default settings, ready."""
    with TestClient(create_app(Settings(), served)) as client:
        wait_until_ready(client)
        yield client
