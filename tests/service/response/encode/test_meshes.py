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


@pytest.mark.parametrize("media", [*MESHES, MediaType.NPZ])
def test_meshes_without_fitted_people_are_rejected(fit: Fit, media: MediaType) -> None:
    with pytest.raises(NobodyFittedError) as caught:
        encode(fit({}), media)
    assert caught.value.errors[0].path == "people[0]"
