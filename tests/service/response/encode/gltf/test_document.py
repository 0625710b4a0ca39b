"""GLB: structure of the file."""

import math

import numpy as np
import pytest

from service.response.encode.gltf.builder import GlbBuilder
from service.response.encode.gltf.document import encode_glb
from service.response.encode.gltf.quantize import to_shorts
from tests.service.people import CAMERA, IMAGE, crowd, moved, person
from tests.service.response.encode.conftest import Fit
from tests.service.response.encode.gltf_reader import Gltf, chunks

# Half a step of 16 bits over the one or two metres of a body, and float32's rounding.
WITHIN_METRES = 5e-5


def test_each_person_is_a_named_node(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(crowd(1)[0], {}, crowd(2)[1], camera=CAMERA)))
    names = [document["nodes"][root]["name"] for root in document["scenes"][0]["nodes"]]
    assert names == ["person_0", "person_0_skeleton", "person_2", "person_2_skeleton"]
    faces = {mesh["primitives"][0]["indices"] for mesh in document["meshes"]}
    assert len(faces) == 1, "people share their faces"


def test_plain_file_has_only_meshes(fit: Fit) -> None:
    document, _ = chunks(encode_glb(fit(crowd(1)[0], {}, crowd(2)[1], options={"rig": False})))
    assert [node["name"] for node in document["nodes"]] == ["person_0", "person_2"]
    assert "skins" not in document
    assert set(document["meshes"][0]["primitives"][0]["attributes"]) == {"POSITION", "NORMAL"}


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


def test_extras_have_warnings_and_body(fit: Fit) -> None:
    answer = fit()
    extras = chunks(encode_glb(answer))[0]["asset"]["extras"]
    assert extras["warnings"] == answer.warnings
    assert extras["body"]["sha256"] == answer.identity.body_sha256


@pytest.mark.parametrize("quantize", [True, False])
@pytest.mark.parametrize("rig", [True, False])
def test_bounds_equal_those_of_the_positions(fit: Fit, rig: bool, quantize: bool) -> None:
    answer = fit(camera=CAMERA, options={"rig": rig, "quantize": quantize})
    accessor, points = Gltf(encode_glb(answer)).attribute(0, "POSITION")
    np.testing.assert_array_equal(points.min(0), np.array(accessor["min"], points.dtype))
    np.testing.assert_array_equal(points.max(0), np.array(accessor["max"], points.dtype))


@pytest.mark.parametrize("rig", [True, False])
def test_quantized_people_keep_their_positions(fit: Fit, rig: bool) -> None:
    people = [crowd(1)[0], {}, person(moved(200, 0))]
    small, plain = (
        Gltf(encode_glb(fit(*people, options={"rig": rig, "quantize": q}))) for q in (True, False)
    )
    assert small.document["extensionsRequired"] == ["KHR_mesh_quantization"]
    assert "extensionsUsed" not in plain.document
    for mesh, name in enumerate(("person_0", "person_2")):
        np.testing.assert_allclose(small.vertices(name), plain.vertices(name), atol=WITHIN_METRES)
        (_, whole), (_, exact) = small.attribute(mesh, "NORMAL"), plain.attribute(mesh, "NORMAL")
        # Half a unit of 1 / 127 along each axis.
        np.testing.assert_allclose(whole, exact, atol=0.5 / 127 + 1e-6)


def test_rigs_are_in_metres_by_default(fit: Fit) -> None:
    """Check that readers without skinning show rigs in their size, though not in their pose."""
    for options, required in (({}, False), ({"quantize": True}, True), ({"rig": False}, True)):
        assert ("extensionsRequired" in Gltf(encode_glb(fit(options=options))).document) == required


def test_grid_is_centred_as_requested_and_reaches_all_points() -> None:
    points = np.random.default_rng(0).normal(3, 2, (100, 3)).astype(np.float32)
    centre = points[7]
    values, grid = to_shorts(points, centre)
    assert np.abs(values).max() == 32767
    assert not values[7].any()
    error = grid.centre + grid.step * values.astype(np.float64) - points
    assert np.abs(error).max() <= 0.5 * grid.step * (1 + 1e-6)
    alike, _ = to_shorts(np.ones((4, 3), np.float32), np.ones(3, np.float32))
    assert not alike.any()


@pytest.mark.parametrize(("vertices", "component"), [(65535, 5123), (65536, 5125)])
def test_indices_have_the_smallest_type(vertices: int, component: int) -> None:
    builder = GlbBuilder("test", {})
    builder.add_faces(np.array([[0, 1, vertices - 1]]))
    builder.add("nodes", {"name": "nothing"})
    document, binary = chunks(builder.to_bytes())
    assert document["accessors"][0]["componentType"] == component
    assert len(binary) % 4 == 0
