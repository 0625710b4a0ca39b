"""GLB: the file's own structure."""

import math

import numpy as np
import pytest

from service.encode.glb import encode_glb
from service.encode.glb_builder import GlbBuilder
from tests.service.encode.conftest import Fit
from tests.service.encode.gltf import chunks
from tests.service.people import CAMERA, IMAGE, crowd


def test_each_person_is_a_named_node(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(crowd(1)[0], {}, crowd(2)[1], camera=CAMERA)))
    names = [document["nodes"][root]["name"] for root in document["scenes"][0]["nodes"]]
    assert names == ["person_0", "person_0_skeleton", "person_2", "person_2_skeleton"]
    faces = {mesh["primitives"][0]["indices"] for mesh in document["meshes"]}
    assert len(faces) == 1, "people share their faces"


def test_without_rigs_there_are_meshes_only(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(crowd(1)[0], {}, crowd(2)[1], options={"rig": False})))
    assert [node["name"] for node in document["nodes"]] == ["person_0", "person_2"]
    assert "skins" not in document
    assert set(document["meshes"][0]["primitives"][0]["attributes"]) == {"POSITION", "NORMAL"}


def test_the_camera_sees_what_the_picture_shows(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(camera=CAMERA, image=IMAGE)))
    assert document["nodes"][-1] == {"name": "camera", "camera": 0}
    lens = document["cameras"][0]["perspective"]
    assert math.tan(lens["yfov"] / 2) == pytest.approx(IMAGE["height"] / 2 / CAMERA["fy"])
    assert lens["aspectRatio"] == pytest.approx(640 / 480)
    assert document["cameras"][0]["extras"] == {**CAMERA, **IMAGE}


def test_the_camera_of_pixels_that_are_not_square_sees_as_wide_as_it_did(fit: Fit) -> None:
    camera = {**CAMERA, "fx": 800.0}
    document, _ = chunks(encode_glb(fit(camera=camera, image=IMAGE)))
    lens = document["cameras"][0]["perspective"]
    assert lens["aspectRatio"] * math.tan(lens["yfov"] / 2) == pytest.approx(640 / 2 / 800)


def test_without_a_pictures_size_there_is_no_camera(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(camera=CAMERA)))
    assert "cameras" not in document


def test_the_file_says_where_it_comes_from(fit: Fit) -> None:
    answer = fit()
    extras = chunks(encode_glb(answer))[0]["asset"]["extras"]
    assert extras["warnings"] == answer.warnings
    assert extras["body"]["sha256"] == answer.identity.body_sha256


def test_bounds_are_those_of_the_positions(fit: Fit) -> None:
    document, binary = chunks(encode_glb(fit(camera=CAMERA)))
    accessor = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    view = document["bufferViews"][accessor["bufferView"]]
    raw = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    points = np.frombuffer(raw, "<f4").reshape(-1, 3)
    assert accessor["count"] == len(points)
    np.testing.assert_array_equal(points.min(0), accessor["min"])
    np.testing.assert_array_equal(points.max(0), accessor["max"])


@pytest.mark.parametrize(("vertices", "component"), [(65535, 5123), (65536, 5125)])
def test_indices_are_as_wide_as_they_must_be(vertices: int, component: int) -> None:
    builder = GlbBuilder("test", {})
    builder.add_faces(np.array([[0, 1, vertices - 1]]))
    builder.add("nodes", {"name": "nothing"})
    document, binary = chunks(builder.to_bytes())
    assert document["accessors"][0]["componentType"] == component
    assert len(binary) % 4 == 0
