"""The answer as a binary glTF 2.0 file: a named node per person, y up, metres, and the camera if known."""

from typing import Any

from service.answer import Answer
from service.encode.glb_builder import GlbBuilder
from service.encode.glb_camera import add_camera
from service.encode.glb_skin import SkinnedBodies
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
    attributes = _attributes(builder, person.vertices, answer)
    node = _mesh_node(builder, person, {"attributes": attributes, **shared})
    if person.offset.any():
        node["translation"] = person.offset.tolist()
    builder.add("nodes", node)


def _add_rigged(
    builder: GlbBuilder, answer: Answer, person: PlacedPerson, shared: dict[str, int], bodies: SkinnedBodies
) -> None:
    """A mesh at rest, the skeleton that poses it, and what binds the two."""
    rig = bodies.rig_of(person)
    attributes = _attributes(builder, rig.vertices, answer) | bodies.attributes
    node = _mesh_node(builder, person, {"attributes": attributes, **shared})
    place = builder.add("nodes", node)
    builder.parts["nodes"][place]["skin"] = bodies.add_skin(person, rig)


def _attributes(builder: GlbBuilder, vertices: FloatArray, answer: Answer) -> dict[str, int]:
    return {
        "POSITION": builder.add_vectors(vertices, bounds=True),
        "NORMAL": builder.add_vectors(vertex_normals(vertices, answer.faces)),
    }


def _mesh_node(builder: GlbBuilder, person: PlacedPerson, primitive: dict[str, Any]) -> dict[str, Any]:
    mesh = builder.add("meshes", {"name": person.name, "primitives": [primitive]})
    extras = {
        "index": person.index,
        "betas": person.fit.betas.tolist(),
        "residual_px": person.fit.residual_px,
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
