"""The answer as a binary glTF 2.0 file: a named node per person, y up, metres, and the camera if known."""

from typing import Any

import numpy as np

from service.answer import Answer
from service.encode.glb_builder import GlbBuilder
from service.encode.glb_camera import add_camera
from service.encode.glb_skin import SkinnedBodies
from service.encode.quantize import EXTENSION, METRES, Grid, to_bytes, to_shorts
from service.encode.scene import SCENE_FRAME, PlacedPerson, placed_people, vertex_normals
from service.fitting import FloatArray

_SKIN_COLOUR = [0.55, 0.66, 0.82, 1.0]


def encode_glb(answer: Answer) -> bytes:
    """A .glb file: rigs in their pose, or plain meshes if `options.rig` is off.

    Raises:
        NobodyFittedError: nobody to show.
    """
    builder = GlbBuilder("hmr", _extras(answer))
    people = placed_people(answer)
    shared = {"indices": builder.add_faces(answer.faces), "material": builder.add("materials", _material())}
    bodies = SkinnedBodies(builder, answer.body) if answer.options.rig else None
    for person in people:
        if bodies is None:
            _add_plain(builder, answer, person, shared)
        else:
            _add_rigged(builder, answer, person, shared, bodies)
    add_camera(builder, answer)
    return builder.to_bytes()


def _add_plain(builder: GlbBuilder, answer: Answer, person: PlacedPerson, shared: dict[str, int]) -> None:
    """A mesh in its pose."""
    middle = (person.vertices.min(0) + person.vertices.max(0)) / 2
    attributes, grid = _attributes(builder, person.vertices, middle, answer)
    node = _mesh_node(builder, person, {"attributes": attributes, **shared})
    translation = grid.centre + person.offset
    if translation.any():
        node["translation"] = translation
    if grid is not METRES:
        node["scale"] = [grid.step] * 3
    builder.add("nodes", node)


def _add_rigged(
    builder: GlbBuilder, answer: Answer, person: PlacedPerson, shared: dict[str, int], bodies: SkinnedBodies
) -> None:
    """A mesh at rest, the skeleton that poses it, and what binds the two."""
    rig = bodies.rig_of(person)
    # Around the root joint, as Blender takes the bones' rest places from matrices that hold the grid.
    attributes, grid = _attributes(builder, rig.vertices, rig.joints[0], answer)
    node = _mesh_node(builder, person, {"attributes": attributes | bodies.attributes, **shared})
    place = builder.add("nodes", node)
    builder.parts["nodes"][place]["skin"] = bodies.add_skin(person, rig, grid)


def _attributes(
    builder: GlbBuilder, vertices: FloatArray, centre: FloatArray, answer: Answer
) -> tuple[dict[str, int], Grid]:
    """Accessors of positions and normals, and what takes the positions to metres."""
    normals = vertex_normals(vertices, answer.faces)
    if not answer.options.small_numbers:
        position = builder.add_vectors(vertices, bounds=True)
        return {"POSITION": position, "NORMAL": builder.add_vectors(normals)}, METRES
    builder.require(EXTENSION)
    shorts, grid = to_shorts(vertices, centre)
    position = builder.add_vectors(shorts, bounds=True)
    return {"POSITION": position, "NORMAL": builder.add_vectors(to_bytes(normals), normalized=True)}, grid


def _mesh_node(builder: GlbBuilder, person: PlacedPerson, primitive: dict[str, Any]) -> dict[str, Any]:
    mesh = builder.add("meshes", {"name": person.name, "primitives": [primitive]})
    extras = {
        "index": person.index,
        "betas": person.fit.betas,
        "residual_px": np.float32(person.fit.residual_px),
    }
    return {"name": person.name, "mesh": mesh, "extras": extras}


def _extras(answer: Answer) -> dict[str, Any]:
    return {
        "frame": SCENE_FRAME,
        "camera": answer.camera._asdict(),
        "body": answer.identity.body,
        "weights": answer.identity.weights,
        "warnings": answer.warnings,
    }


def _material() -> dict[str, Any]:
    surface = {"baseColorFactor": _SKIN_COLOUR, "metallicFactor": 0.0, "roughnessFactor": 0.7}
    return {"name": "body", "pbrMetallicRoughness": surface}
