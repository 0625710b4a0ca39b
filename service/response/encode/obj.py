"""The answer as a Wavefront OBJ file: one object per person, y up, metres."""

from service.response.answer import Answer
from service.response.encode.scene import SCENE_FRAME, placed_people


def encode_obj(answer: Answer) -> bytes:
    """Encode an answer as an .obj file.

    Raises:
        NobodyFittedError: no person was fitted.
    """
    identity = answer.identity
    parts = [
        f"# Frame: {SCENE_FRAME}\n",
        f"# Body: {identity.body_name}, sha256 {identity.body_sha256}\n",
        f"# Weights: {identity.weights_version}, sha256 {identity.weights_sha256}\n",
    ]
    first = 1  # OBJ numbers the vertices of the whole file from 1
    for person in placed_people(answer):
        vertices = person.vertices + person.offset
        parts.append(f"o {person.name}\n")
        # One long template is several times faster than a line at a time.
        parts.append("v %.6f %.6f %.6f\n" * len(vertices) % tuple(vertices.ravel().tolist()))
        parts.append("f %d %d %d\n" * len(answer.faces) % tuple((answer.faces + first).ravel().tolist()))
        first += len(vertices)
    return "".join(parts).encode("ascii", "replace")
