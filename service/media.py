"""The formats of an answer: media types, file extensions, and which of them an `Accept` header means."""

from collections.abc import Sequence
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


def negotiate(accept: str | None) -> MediaType:
    """The format that an `Accept` header likes best; JSON where it doesn't care.

    Raises:
        NotAcceptableError: it allows none of ours.
    """
    return MediaType(best_of(accept, list(MediaType)))


def best_of(accept: str | None, offered: Sequence[str]) -> str:
    """The media type that an `Accept` header likes best (RFC 9110, 12.5.1), the first where it doesn't care.

    Raises:
        NotAcceptableError: it allows none of those offered.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_parse_range(part) for part in accept.split(",") if part.strip()]
    # max keeps the first of equals.
    best = max(offered, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= 0:
        names = ", ".join(offered)
        raise NotAcceptableError(f"`Accept` allows none of the formats that can be given: {names}.")
    return best


def _parse_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """The quality of the most specific range that covers a type, 0 if none does."""
    for pattern in (media, f"{media.split('/')[0]}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0
