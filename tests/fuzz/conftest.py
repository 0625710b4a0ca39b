"""The served model and the client of the service's tests."""

from tests.service.conftest import client, served

__all__ = ["client", "served"]
