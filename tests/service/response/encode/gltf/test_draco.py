"""Draco-compressed GLB files: decoded, they equal the plain file of the same answer."""

import dataclasses
import io
import json
from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from model.weights import ServedModel, load_served
from service.errors import NobodyFittedError
from service.exchange import fit_document
from service.media import MediaType
from service.response.answer import Answer
from service.response.encode.gltf.builder import GlbBuilder
from service.response.encode.gltf.document import encode_glb
from service.response.encode.gltf.draco import EXTENSION, POSITION_BITS, DracoMeshes
from service.response.encode.json import encode_json
from tests.paths import EXAMPLES
from tests.service.people import CAMERA
from tests.service.response.encode.conftest import Fit, as_bytes
from tests.service.response.encode.gltf.test_rig import SKINNED_WITHIN_METRES, served_with, soft_body
from tests.service.response.encode.gltf_reader import Gltf

NORMALS_WITHIN_DEGREES = 0.25


@pytest.fixture(scope="module")
def shipped() -> ServedModel:
    """The shipped weights and body."""
    return load_served()


def example(served: ServedModel, name: str, **options: Any) -> Answer:
    document = json.loads((EXAMPLES / f"{name}.json").read_text()) | {"options": options}
    return fit_document(json.dumps(document).encode(), served, MediaType.GLB)


def pair(answer: Answer, rig: bool) -> tuple[Gltf, Gltf]:
    """Return one answer's files with and without Draco."""
    files = []
    for draco in (True, False):
        options = answer.options.model_copy(update={"rig": rig, "draco": draco, "quantize": False})
        files.append(Gltf(encode_glb(dataclasses.replace(answer, options=options))))
    return files[0], files[1]


def positions(file: Gltf, mesh: int) -> NDArray[np.float64]:
    return file.attribute(mesh, "POSITION")[1].astype(np.float64)


def origins(draco: Gltf, plain: Gltf, mesh: int) -> NDArray[np.int64]:
    """Return for each decoded vertex its index (V,) in the plain file; all are different."""
    nearest: NDArray[np.int64] = cKDTree(positions(plain, mesh)).query(positions(draco, mesh))[1]
    assert len(set(nearest.tolist())) == len(nearest)
    return nearest


def canonical(faces: NDArray[np.int64]) -> set[tuple[int, ...]]:
    """Return triangles with their corners rotated so that the lowest index is first."""
    return {tuple(np.roll(face, -face.argmin())) for face in faces}


@pytest.mark.parametrize("rig", [True, False])
def test_surface_is_that_of_the_plain_file(shipped: ServedModel, rig: bool) -> None:
    draco, plain = pair(example(shipped, "two_people"), rig)
    for mesh in (0, 1):
        was = origins(draco, plain, mesh)
        expected = positions(plain, mesh)[was]
        half_step = np.ptp(expected, axis=0).max() / (2**POSITION_BITS - 1) / 2
        assert half_step < 6e-5, "as the option's description says"
        np.testing.assert_allclose(positions(draco, mesh), expected, atol=half_step + 1e-6)
        assert canonical(was[draco.faces(mesh)]) == canonical(plain.faces(mesh))
        (_, normals), (_, exact) = draco.attribute(mesh, "NORMAL"), plain.attribute(mesh, "NORMAL")
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
        assert (np.einsum("vc,vc->v", normals, exact[was]) > np.cos(np.radians(NORMALS_WITHIN_DEGREES))).all()


def test_joints_and_weights_follow_their_vertices(shipped: ServedModel) -> None:
    draco, plain = pair(example(shipped, "two_people"), rig=True)
    for mesh in (0, 1):
        was = origins(draco, plain, mesh)
        for name in ("JOINTS_0", "WEIGHTS_0"):
            (accessor, values), (stored, exact) = draco.attribute(mesh, name), plain.attribute(mesh, name)
            np.testing.assert_array_equal(values, exact[was])
            assert accessor["componentType"] == stored["componentType"]


@pytest.mark.parametrize("influences", [4, 8])
def test_skinned_pose_is_that_of_the_plain_file(served: ServedModel, influences: int) -> None:
    soft = served_with(served, soft_body(served.fitter.body.arrays, influences, 0.6))
    draco, plain = pair(fit_document(as_bytes(camera=CAMERA), soft, MediaType.GLB), rig=True)
    attributes = draco.document["meshes"][0]["primitives"][0]["attributes"]
    assert ("JOINTS_1" in attributes) == (influences > 4)
    vertices = plain.vertices("person_0")[origins(draco, plain, 0)]
    np.testing.assert_allclose(draco.vertices("person_0"), vertices, atol=2 * SKINNED_WITHIN_METRES)


@pytest.mark.parametrize("rig", [True, False])
def test_file_is_a_fifth_of_json_lists(shipped: ServedModel, rig: bool) -> None:
    answer = example(shipped, "one_person", mesh=True, mesh_encoding="list", faces=True, rig=rig, draco=True)
    assert 5 * len(encode_glb(answer)) < len(encode_json(answer))


@pytest.mark.parametrize("rig", [True, False])
def test_draco_is_the_only_required_extension(fit: Fit, rig: bool) -> None:
    for quantize in (True, False, None):
        answer = fit(options={"rig": rig, "draco": True, "quantize": quantize})
        document = Gltf(encode_glb(answer)).document
        assert document["extensionsUsed"] == document["extensionsRequired"] == [EXTENSION]


@pytest.mark.parametrize("rig", [True, False])
def test_bounds_equal_those_of_the_decoded_positions(fit: Fit, rig: bool) -> None:
    accessor, points = Gltf(encode_glb(fit(options={"rig": rig, "draco": True}))).attribute(0, "POSITION")
    np.testing.assert_array_equal(points.min(0), np.array(accessor["min"], points.dtype))
    np.testing.assert_array_equal(points.max(0), np.array(accessor["max"], points.dtype))


@pytest.mark.parametrize(
    ("more", "count"), [([], 4), ([[1, 2, 4]], 7)], ids=["a vertex without faces", "three faces at an edge"]
)
def test_accessors_count_the_decoded_vertices_and_faces(more: list[list[int]], count: int) -> None:
    builder = GlbBuilder("test", {})
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [2, 2, 2]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3], *more], np.int32)
    primitive, _ = DracoMeshes(builder, faces, ()).add(points, points[0])
    builder.add("nodes", {"mesh": builder.add("meshes", {"primitives": [primitive]})})
    file = Gltf(builder.to_bytes())
    corners = positions(file, 0)
    assert len(corners) == count != len(points)
    decoded = corners[file.faces(0)].reshape(-1, 9)
    expected = points[faces].reshape(-1, 9)
    assert len(decoded) == len(expected)
    # Corners may be rotated within a face.
    turned = [np.roll(expected, 3 * turn, axis=1) for turn in range(3)]
    away = np.min([np.abs(decoded[:, None] - faces[None]).max(2) for faces in turned], axis=0)
    assert (away.min(0) < 1e-4).all()
    np.testing.assert_allclose(file.attribute(0, "POSITION")[0]["max"], corners.max(0))


def test_trimesh_reads_the_same_mesh(fit: Fit) -> None:
    draco, plain = (
        trimesh.load_scene(io.BytesIO(encode_glb(answer)), file_type="glb", process=False).to_mesh()
        for answer in (fit(options={"rig": False, "draco": on}) for on in (True, False))
    )
    assert draco.is_watertight
    assert draco.volume == pytest.approx(plain.volume, rel=1e-3)
    np.testing.assert_allclose(draco.bounds, plain.bounds, atol=2e-4)


def test_request_without_fitted_people_is_rejected(fit: Fit) -> None:
    with pytest.raises(NobodyFittedError):
        encode_glb(fit({}, options={"draco": True}))
