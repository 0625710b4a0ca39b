"""The body that answers refer to."""

import numpy as np
import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel


def test_the_body_is_described(client: TestClient, served: ServedModel) -> None:
    body = client.get("/v1/body").json()
    arrays = served.fitter.body.arrays
    np.testing.assert_array_equal(body["faces"], arrays.faces)
    assert body["num_vertices"] == arrays.n_vertices > np.max(body["faces"])
    assert body["joint_names"][body["parents"][4]] == "left_hip"
    assert len(body["keypoint_layouts"]["COCO_18"]) == 18


@pytest.mark.parametrize("header", ["{}", 'W/{}, "x"', '"x", {}', "*"])
def test_it_is_sent_once(client: TestClient, header: str) -> None:
    first = client.get("/v1/body")
    tag = first.headers["ETag"]
    again = client.get("/v1/body", headers={"If-None-Match": header.format(tag)})
    assert again.status_code == 304
    assert again.headers["ETag"] == tag
    assert again.content == b""


def test_another_tag_gets_it_whole(client: TestClient) -> None:
    assert client.get("/v1/body", headers={"If-None-Match": '"other"'}).status_code == 200
