"""Normals of meshes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.response.encode.geometry import vertex_normals
from service.response.encode.scene import placed_people
from tests.service.people import CAMERA
from tests.service.response.encode.conftest import Fit

SEEDS = st.integers(0, 2**32 - 1)
OCTAHEDRON = np.array(
    [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
)


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


def rough_octahedron(seed: int) -> NDArray[np.float32]:
    """Return vertices (6, 3) near those of an octahedron with the faces OCTAHEDRON."""
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    return (axes + np.random.default_rng(seed).uniform(-0.2, 0.2, (6, 3))).astype(np.float32)


@given(SEEDS, st.floats(0.1, 10), st.floats(-3, 3))
def test_normals_do_not_depend_on_scale_and_position(seed: int, scale: float, shift: float) -> None:
    vertices = rough_octahedron(seed)
    moved = (scale * vertices + shift).astype(np.float32)
    np.testing.assert_allclose(
        vertex_normals(moved, OCTAHEDRON), vertex_normals(vertices, OCTAHEDRON), atol=1e-3
    )


@given(SEEDS)
def test_normals_follow_the_orientation_of_the_faces(seed: int) -> None:
    vertices = rough_octahedron(seed)
    normals = vertex_normals(vertices, OCTAHEDRON)
    assert (np.einsum("vc,vc->v", normals, vertices) > 0).all()
    np.testing.assert_allclose(vertex_normals(vertices, OCTAHEDRON[:, ::-1]), -normals, atol=1e-6)
