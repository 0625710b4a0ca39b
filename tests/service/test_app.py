"""Pages of other origins get nothing unless they are named."""

import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.app import create_app
from service.settings import Settings, SettingsError, load_settings
from tests.service.conftest import wait_until_ready
from tests.service.people import document

FRIEND, STRANGER = "https://friend.example:8443", "https://stranger.example"
ALLOW = "access-control-allow-origin"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def test_by_default_no_other_origin_may(client: TestClient) -> None:
    for method, path in (("POST", "/v1/fit"), ("OPTIONS", "/v1/fit"), ("GET", "/v1/body")):
        response = client.request(method, path, headers={"Origin": FRIEND, **ASKS}, json=document())
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_only_the_origins_that_are_named_may(served: ServedModel) -> None:
    settings = Settings(cors_origins=f"{FRIEND}, http://localhost:3000")
    with TestClient(create_app(settings, served)) as client:
        wait_until_ready(client)
        for origin, allowed in ((FRIEND, FRIEND), (STRANGER, None), ("null", None)):
            headers = {"Origin": origin}
            response = client.post("/v1/fit", json=document(), headers=headers)
            assert response.status_code == 200
            assert response.headers.get(ALLOW) == allowed
            assert "access-control-allow-credentials" not in response.headers
            assert client.post("/v1/fit", json={}, headers=headers).headers.get(ALLOW) == allowed
            asked = client.options("/v1/fit", headers=headers | ASKS)
            assert (asked.status_code == 200, asked.headers.get(ALLOW)) == (allowed is not None, allowed)


@pytest.mark.parametrize("origins", ["*", "example.org", "https://example.org/", "https://a.b;x", "null"])
def test_what_is_no_origin_is_refused(origins: str) -> None:
    with pytest.raises(SettingsError, match="HMR_CORS_ORIGINS"):
        load_settings(cors_origins=origins)
