"""The answer as a binary PLY file: one mesh, each vertex with its person's number, y up, metres."""

import numpy as np

from service.response.answer import Answer
from service.response.encode.scene import SCENE_FRAME, placed_people

_VERTEX = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("person", "<i4")])
_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def encode_ply(answer: Answer) -> bytes:
    """Encode an answer as a .ply file.

    Raises:
        NobodyFittedError: no person was fitted.
    """
    people = placed_people(answer)
    count, size = len(people), answer.faces.shape[0]
    num_vertices = len(people[0].vertices)
    vertices = np.zeros((count, num_vertices), _VERTEX)
    faces = np.zeros((count, size), _FACE)
    faces["count"] = 3
    for place, person in enumerate(people):
        points = person.vertices + person.offset
        vertices["x"][place], vertices["y"][place], vertices["z"][place] = points.T
        vertices["person"][place] = person.index
        faces["corners"][place] = answer.faces + place * num_vertices
    return _header(vertices.size, faces.size) + vertices.tobytes() + faces.tobytes()


def _header(num_vertices: int, num_faces: int) -> bytes:
    lines = (
        "ply",
        "format binary_little_endian 1.0",
        f"comment Frame: {SCENE_FRAME}",
        f"element vertex {num_vertices}",
        "property float x",
        "property float y",
        "property float z",
        "property int person",
        f"element face {num_faces}",
        "property list uchar int vertex_indices",
        "end_header",
        "",
    )
    return "\n".join(lines).encode("ascii")
