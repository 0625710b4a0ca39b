"""Answers as bytes, one module per format."""

from collections.abc import Callable

from service.answer import Answer
from service.encode.glb import encode_glb
from service.encode.json import encode_json
from service.encode.npz import encode_npz
from service.encode.obj import encode_obj
from service.encode.ply import encode_ply
from service.media import MediaType

_ENCODERS: dict[MediaType, Callable[[Answer], bytes]] = {
    MediaType.JSON: encode_json,
    MediaType.GLB: encode_glb,
    MediaType.OBJ: encode_obj,
    MediaType.PLY: encode_ply,
    MediaType.NPZ: encode_npz,
}


def encode(answer: Answer, media: MediaType) -> bytes:
    """An answer in a format.

    Raises:
        NobodyFittedError: a format other than JSON, and nobody to show in it.
    """
    return _ENCODERS[media](answer)
