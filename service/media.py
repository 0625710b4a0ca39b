"""The formats of an answer: media types and file extensions."""

from enum import StrEnum
from pathlib import PurePath

from service.errors import NotAcceptableError


class MediaType(StrEnum):
    """Formats of an answer."""

    JSON = "application/json"
    GLB = "model/gltf-binary"
    OBJ = "model/obj"
    PLY = "application/ply"
    NPZ = "application/x-npz"

    @property
    def extension(self) -> str:
        """The extension of file names, with the dot."""
        return _EXTENSIONS[self]


_EXTENSIONS = {
    MediaType.JSON: ".json",
    MediaType.GLB: ".glb",
    MediaType.OBJ: ".obj",
    MediaType.PLY: ".ply",
    MediaType.NPZ: ".npz",
}


def media_type_of(path: PurePath) -> MediaType:
    """Return the format of a file name.

    Raises:
        NotAcceptableError: the extension is not supported.
    """
    for media, extension in _EXTENSIONS.items():
        if path.suffix.lower() == extension:
            return media
    known = ", ".join(_EXTENSIONS.values())
    raise NotAcceptableError(f"'{path.name}' has no known extension; files of {known} can be written.")
