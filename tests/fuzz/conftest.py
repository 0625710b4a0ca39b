"""The served model of the service's tests, and a client with a long deadline."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import served, wait_until_ready

__all__ = ["client", "served"]

# With thousands of cases beside other work, the machine may stall for the usual 30 s; a fit of ten minutes
# would be a fault of the service.
PATIENCE_SECONDS = 600


@pytest.fixture(scope="session")
def client(served: ServedModel) -> Iterator[TestClient]:
    """Client of an application with a long deadline."""
    with TestClient(create_app(Settings(deadline_seconds=PATIENCE_SECONDS), served)) as client:
        wait_until_ready(client)
        yield client
