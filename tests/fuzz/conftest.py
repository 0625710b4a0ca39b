"""The served model of the service's tests, and a client that has time."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import served, wait_until_ready

__all__ = ["client", "served"]

# Thousands of cases beside other work: a machine that stands still for the usual 30 s is no fault of the
# service's, but a fit that takes ten minutes is.
PATIENCE_SECONDS = 600


@pytest.fixture(scope="session")
def client(served: ServedModel) -> Iterator[TestClient]:
    """Of an application that has no reason to say 504."""
    with TestClient(create_app(Settings(deadline_seconds=PATIENCE_SECONDS), served)) as client:
        wait_until_ready(client)
        yield client
