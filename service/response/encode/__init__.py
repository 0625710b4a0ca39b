"""Answers as bytes, one module per format."""

from collections.abc import Callable

from service.media import MediaType
from service.response.answer import Answer
from service.response.encode.gltf.document import encode_glb
from service.response.encode.json import encode_json
from service.response.encode.npz import encode_npz
from service.response.encode.obj import encode_obj
from service.response.encode.ply import encode_ply

_ENCODERS: dict[MediaType, Callable[[Answer], bytes]] = {
    MediaType.JSON: encode_json,
    MediaType.GLB: encode_glb,
    MediaType.OBJ: encode_obj,
    MediaType.PLY: encode_ply,
    MediaType.NPZ: encode_npz,
}


def encode(answer: Answer, media: MediaType) -> bytes:
    """Encode an answer in a format.

    Raises:
        NobodyFittedError: the format isn't JSON, and no person was fitted.
    """
    return _ENCODERS[media](answer)
