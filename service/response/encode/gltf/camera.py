"""The camera of a glTF file, at the origin and looking along -z, as in the fit."""

import math

from service.response.answer import Answer
from service.response.encode.gltf.builder import GlbBuilder

_NEAREST_METRES = 0.05


def add_camera(builder: GlbBuilder, answer: Answer) -> None:
    """Add the camera if all people share one and the picture's size is known.

    glTF has no principal point; the camera looks at the picture's middle, and `extras` has the intrinsics.
    """
    camera = answer.camera
    if camera.fx is None or camera.fy is None or answer.image_size is None:
        return
    width, height = answer.image_size
    lens = {
        "yfov": 2 * math.atan2(height / 2, camera.fy),
        "aspectRatio": (width / camera.fx) / (height / camera.fy),
        "znear": _NEAREST_METRES,
    }
    pixels = {"fx": camera.fx, "fy": camera.fy, "cx": camera.cx, "cy": camera.cy}
    extras = {**pixels, "width": width, "height": height}
    part = {"name": "camera", "type": "perspective", "perspective": lens, "extras": extras}
    builder.add("nodes", {"name": "camera", "camera": builder.add("cameras", part)})
