"""The answer as a binary glTF 2.0 file: a named node per person, y up, metres, and the camera if known."""

import math
from typing import Any

from service.answer import Answer
from service.encode.glb_builder import GlbBuilder
from service.encode.scene import SCENE_FRAME, placed_people, vertex_normals

_SKIN_COLOUR = [0.55, 0.66, 0.82, 1.0]
_NEAREST_METRES = 0.05


def encode_glb(answer: Answer) -> bytes:
    """A .glb file.

    Raises:
        NobodyFittedError: nobody to show.
    """
    builder = GlbBuilder("hmr", _extras(answer))
    material = builder.add("materials", _material())
    faces = builder.add_faces(answer.faces)
    for person in placed_people(answer):
        attributes = {
            "POSITION": builder.add_vectors(person.vertices, bounds=True),
            "NORMAL": builder.add_vectors(vertex_normals(person.vertices, answer.faces)),
        }
        primitive = {"attributes": attributes, "indices": faces, "material": material}
        mesh = builder.add("meshes", {"name": person.name, "primitives": [primitive]})
        node = {"name": person.name, "mesh": mesh, "extras": {"index": person.index}}
        if person.offset.any():
            node["translation"] = person.offset.tolist()
        builder.add("nodes", node)
    _add_camera(builder, answer)
    return builder.to_bytes()


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


def _add_camera(builder: GlbBuilder, answer: Answer) -> None:
    """A camera at the origin; glTF knows no principal point, so that the picture's middle stands for it."""
    if answer.camera.fy is None or answer.image_size is None:
        return
    width, height = answer.image_size
    lens = {
        "yfov": 2 * math.atan2(height / 2, answer.camera.fy),
        "aspectRatio": width / height,
        "znear": _NEAREST_METRES,
    }
    camera = builder.add("cameras", {"type": "perspective", "perspective": lens})
    builder.add("nodes", {"name": "camera", "camera": camera})
