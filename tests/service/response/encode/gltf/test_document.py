"""GLB: structure of the file."""

import numpy as np
import pytest

from service.response.encode.gltf.document import encode_glb
from tests.service.people import CAMERA, crowd, moved, person
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
