"""The formats of an answer: media types, file extensions, and which of them an `Accept` header means."""

from enum import StrEnum
from pathlib import PurePath

from service.errors import NotAcceptableError


class MediaType(StrEnum):
    """The formats in which bodies are given."""

    JSON = "application/json"
    GLB = "model/gltf-binary"
    OBJ = "model/obj"
    PLY = "application/ply"
    NPZ = "application/x-npz"

    @property
    def extension(self) -> str:
        """Of a file's name, with the dot."""
        return _EXTENSIONS[self]


_EXTENSIONS = {
    MediaType.JSON: ".json",
    MediaType.GLB: ".glb",
    MediaType.OBJ: ".obj",
    MediaType.PLY: ".ply",
    MediaType.NPZ: ".npz",
}


def media_type_of(path: PurePath) -> MediaType:
    """The format of a file's name.

    Raises:
        NotAcceptableError: its extension is none that can be written.
    """
    for media, extension in _EXTENSIONS.items():
        if path.suffix.lower() == extension:
            return media
    known = ", ".join(_EXTENSIONS.values())
    raise NotAcceptableError(f"'{path.name}' has no known extension; files of {known} can be written.")
