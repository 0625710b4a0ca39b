"""The camera of a GLB."""

import math

import pytest

from service.response.encode.gltf.document import encode_glb
from tests.service.people import CAMERA, IMAGE
from tests.service.response.encode.conftest import Fit
from tests.service.response.encode.gltf_reader import chunks


def test_camera_has_the_view_of_the_picture(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(camera=CAMERA, image=IMAGE)))
    assert document["nodes"][-1] == {"name": "camera", "camera": 0}
    lens = document["cameras"][0]["perspective"]
    assert math.tan(lens["yfov"] / 2) == pytest.approx(IMAGE["height"] / 2 / CAMERA["fy"])
    assert lens["aspectRatio"] == pytest.approx(640 / 480)
    assert document["cameras"][0]["extras"] == {**CAMERA, **IMAGE}


def test_camera_with_non_square_pixels_keeps_its_width(fit: Fit) -> None:
    camera = {**CAMERA, "fx": 800.0}
    document, _ = chunks(encode_glb(fit(camera=camera, image=IMAGE)))
    lens = document["cameras"][0]["perspective"]
    assert lens["aspectRatio"] * math.tan(lens["yfov"] / 2) == pytest.approx(640 / 2 / 800)


def test_file_has_no_camera_without_the_picture_size(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(camera=CAMERA)))
    assert "cameras" not in document
