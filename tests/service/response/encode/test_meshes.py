"""GLB, OBJ and PLY: trimesh reads the same people, upright."""

import io
from typing import Any

import numpy as np
import pytest
import trimesh

from service.errors import NobodyFittedError
from service.media import MediaType
from service.response.answer import Answer
from service.response.encode import encode
from service.response.encode.geometry import vertex_normals
from service.response.encode.scene import placed_people
from tests.service.people import CAMERA, IMAGE, crowd, moved, person
from tests.service.response.encode.conftest import Fit

MESHES = [MediaType.GLB, MediaType.OBJ, MediaType.PLY]

# trimesh, like many readers of meshes, ignores skins, which test_rig.py covers.
PLAIN = {"rig": False}
# Positions in 16 bits.
WITHIN_METRES = {MediaType.GLB: 5e-5, MediaType.OBJ: 2e-6, MediaType.PLY: 2e-6}


def load(answer: Answer, media: MediaType) -> Any:
    """Return one mesh of all people, with unchanged vertices and faces."""
    scene = trimesh.load_scene(
        io.BytesIO(encode(answer, media)), file_type=media.extension[1:], process=False
    )
    parts = []
    for node in sorted(scene.graph.nodes_geometry):
        place, name = scene.graph[node]
        parts.append(scene.geometry[name].copy().apply_transform(place))
    return trimesh.util.concatenate(parts)


@pytest.mark.parametrize("media", MESHES)
@pytest.mark.parametrize("extras", [{"camera": CAMERA}, {"image": IMAGE}, {}], ids=["given", "image", "none"])
def test_trimesh_reads_the_same_vertices(fit: Fit, media: MediaType, extras: dict[str, Any]) -> None:
    answer = fit(crowd(1)[0], {}, person(moved(200, 0)), options=PLAIN, **extras)
    mesh = load(answer, media)
    expected = np.concatenate([p.vertices + p.offset for p in placed_people(answer)])
    np.testing.assert_allclose(mesh.vertices, expected, atol=WITHIN_METRES[media])
    assert len(mesh.faces) == 2 * len(answer.faces)


@pytest.mark.parametrize("media", MESHES)
def test_faces_point_outwards_and_y_is_up(fit: Fit, media: MediaType) -> None:
    answer = fit(camera=CAMERA, options=PLAIN)
    mesh = load(answer, media)
    assert mesh.is_watertight
    assert mesh.volume > 0
    (_, person_fit), *_ = answer.fitted
    assert person_fit.vertices is not None
    np.testing.assert_allclose(mesh.vertices, person_fit.vertices * [1, -1, -1], atol=WITHIN_METRES[media])


def test_unquantized_glb_has_exact_vertices(fit: Fit) -> None:
    answer = fit(camera=CAMERA, options=PLAIN | {"quantize": False})
    (placed,) = placed_people(answer)
    np.testing.assert_allclose(load(answer, MediaType.GLB).vertices, placed.vertices, atol=2e-6)


def test_people_with_separate_cameras_are_arranged_as_in_the_picture(fit: Fit) -> None:
    shift = 300
    answer = fit(person(), person(moved(shift, 0)))
    first, second = placed_people(answer)
    fit_of = [person_fit for _, person_fit in answer.fitted]
    assert not first.offset.any()
    depth = fit_of[1].joints3d[0, 2]
    np.testing.assert_allclose(
        second.offset, [shift / fit_of[1].camera[0] * depth, 0, 0], rtol=1e-4, atol=1e-6
    )


def test_people_with_one_camera_keep_their_positions(fit: Fit) -> None:
    assert not any(p.offset.any() for p in placed_people(fit(*crowd(3), camera=CAMERA)))


@pytest.mark.parametrize("media", [*MESHES, MediaType.NPZ])
def test_meshes_without_fitted_people_are_rejected(fit: Fit, media: MediaType) -> None:
    with pytest.raises(NobodyFittedError) as caught:
        encode(fit({}), media)
    assert caught.value.errors[0].path == "people[0]"


def test_normals_are_unit_vectors_and_point_outwards(fit: Fit) -> None:
    (placed,) = placed_people(answer := fit(camera=CAMERA))
    normals = vertex_normals(placed.vertices, answer.faces)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    # The body is of balls of 288 vertices: outwards is away from a ball's middle.
    balls = placed.vertices.reshape(24, 288, 3)
    outwards = (balls - balls.mean(1, keepdims=True)).reshape(-1, 3)
    assert (np.einsum("vc,vc->v", normals, outwards) > 0).all()


def test_vertex_without_faces_has_a_normal() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    normals = vertex_normals(vertices, np.array([[0, 1, 2], [0, 0, 0]]))
    np.testing.assert_allclose(normals, [[0, 0, 1]] * 3 + [[0, 1, 0]])
