"""The answer as a binary glTF 2.0 file: a named node per person, y up, metres, and the camera if known."""

from typing import Any

import numpy as np

from service.response.answer import Answer
from service.response.encode.gltf.builder import GlbBuilder
from service.response.encode.gltf.camera import add_camera
from service.response.encode.gltf.draco import DracoMeshes
from service.response.encode.gltf.mesh import Meshes, StoredMeshes
from service.response.encode.gltf.quantize import METRES
from service.response.encode.gltf.rig import skin_sets
from service.response.encode.gltf.skin import SkinnedBodies
from service.response.encode.scene import SCENE_FRAME, PlacedPerson, placed_people

_SKIN_COLOUR = [0.55, 0.66, 0.82, 1.0]
# Index of the file's only material.
_MATERIAL = 0


def encode_glb(answer: Answer) -> bytes:
    """Encode an answer as a .glb file: posed rigs, or plain meshes if `options.rig` is off.

    Raises:
        NobodyFittedError: no person was fitted.
    """
    builder = GlbBuilder("hmr", _extras(answer))
    people = placed_people(answer)
    meshes = _meshes(builder, answer)
    builder.add("materials", _material())
    bodies = SkinnedBodies(builder, answer.body) if answer.options.rig else None
    for person in people:
        if bodies is None:
            _add_plain(builder, person, meshes)
        else:
            _add_rigged(builder, person, meshes, bodies)
    add_camera(builder, answer)
    return builder.to_bytes()


def _meshes(builder: GlbBuilder, answer: Answer) -> Meshes:
    """Build the writer of meshes, and add the data that all people share."""
    options = answer.options
    skin = skin_sets(answer.body) if options.rig else ()
    if options.draco:
        return DracoMeshes(builder, answer.faces, skin)
    return StoredMeshes(builder, answer.faces, skin, quantized=options.quantized)


def _add_plain(builder: GlbBuilder, person: PlacedPerson, meshes: Meshes) -> None:
    """Add a posed mesh."""
    middle = (person.vertices.min(0) + person.vertices.max(0)) / 2
    primitive, grid = meshes.add(person.vertices, middle)
    node = _mesh_node(builder, person, primitive)
    translation = grid.centre + person.offset
    if translation.any():
        node["translation"] = translation
    if grid is not METRES:
        node["scale"] = [grid.step] * 3
    builder.add("nodes", node)


def _add_rigged(builder: GlbBuilder, person: PlacedPerson, meshes: Meshes, bodies: SkinnedBodies) -> None:
    """Add a mesh at rest, the skeleton that poses it, and the skin that binds them."""
    rig = bodies.rig_of(person)
    # Centred on the root joint, since Blender takes the bones' rest positions from matrices with the grid.
    primitive, grid = meshes.add(rig.vertices, rig.joints[0])
    node = _mesh_node(builder, person, primitive)
    place = builder.add("nodes", node)
    builder.parts["nodes"][place]["skin"] = bodies.add_skin(person, rig, grid)


def _mesh_node(builder: GlbBuilder, person: PlacedPerson, primitive: dict[str, Any]) -> dict[str, Any]:
    mesh = builder.add("meshes", {"name": person.name, "primitives": [primitive | {"material": _MATERIAL}]})
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
