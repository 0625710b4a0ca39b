"""The body of a request, read only as far and for as long as it may, and only if it says to be JSON."""

import asyncio
import zlib
from typing import NamedTuple

from starlette.requests import Request

from service.errors import BadEncodingError, SlowBodyError, TooLargeError, UnsupportedMediaError

_FORM = "application/x-www-form-urlencoded"


class BodyKind(NamedTuple):
    """What a body may say to be.

    Attributes:
        name: for messages.
        types: media types, the one to recommend first.
        suffix: of further ones, such as `+json`; nothing for none.
    """

    name: str
    types: tuple[str, ...]
    suffix: str = ""


JSON = BodyKind("JSON", ("application/json",), "+json")
NDJSON = BodyKind(
    "lines of JSON",
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines"),
)


async def read_body(request: Request, kind: BodyKind, limit: int, seconds: float) -> bytes:
    """The body's bytes, decompressed where it says to be gzip.

    Args:
        request: whose body nobody has read.
        kind: what it must be.
        limit: most bytes, as sent and decompressed.
        seconds: how long it may take to come.

    Raises:
        UnsupportedMediaError: another media type, or another compression than gzip.
        BadEncodingError: it says to be gzip, but isn't.
        TooLargeError: longer than allowed, whether or not it says so beforehand.
        SlowBodyError: it didn't come in time.
    """
    check_media_type(request.headers.get("content-type"), kind)
    compressed = is_compressed(request.headers.get("content-encoding"))
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLargeError.of(limit)
    try:
        async with asyncio.timeout(seconds):
            return await (_inflated(request, limit) if compressed else _plain(request, limit))
    except TimeoutError:
        raise SlowBodyError(f"The body did not come within {seconds:g} s.") from None


async def _plain(request: Request, limit: int) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise TooLargeError.of(limit)
    return bytes(data)


async def _inflated(request: Request, limit: int) -> bytes:
    inflater = Inflater(limit)
    async for chunk in request.stream():
        inflater.add(chunk)
    return inflater.finish()


def check_media_type(content_type: str | None, kind: BodyKind = JSON) -> None:
    """Allow what a body may be, and silence about it; raise UnsupportedMediaError otherwise."""
    name = (content_type or "").split(";")[0].strip().lower()
    if name in ("", *kind.types):
        return
    if kind.suffix and name.startswith("application/") and name.endswith(kind.suffix):
        return
    hint = " (curl sends this unless told otherwise)" if name == _FORM else ""
    raise UnsupportedMediaError(
        f"The Content-Type is not {kind.name}{hint}; send the body with 'Content-Type: {kind.types[0]}'.",
        headers={"Accept-Post": kind.types[0]},
    )


def is_compressed(content_encoding: str | None) -> bool:
    """Whether the body says to be gzip; UnsupportedMediaError for any other compression."""
    name = (content_encoding or "identity").strip().lower()
    if name not in ("identity", "gzip", "x-gzip"):
        raise UnsupportedMediaError(
            "Of compressed bodies only gzip is taken.", headers={"Accept-Encoding": "gzip, identity"}
        )
    return name != "identity"


# zlib's sign for gzip's header and checksum around deflate, with the largest window.
_GZIP = 16 + zlib.MAX_WBITS


class Inflater:
    """Takes the pieces of a gzip file as they come (RFC 1952), of one member, as all programs write it.

    Args:
        limit: most bytes, of what comes and of what comes out.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._out = bytearray()
        self._member = zlib.decompressobj(_GZIP)

    def add(self, piece: bytes) -> None:
        """Decompress one piece.

        Raises:
            TooLargeError: it would get longer than the limit.
            BadEncodingError: it is no gzip.
        """
        self._taken += len(piece)
        if self._taken > self._limit:
            raise TooLargeError.of(self._limit)
        try:
            # One byte more than allowed is enough to know, and all that is ever made.
            self._out += self._member.decompress(piece, self._limit + 1 - len(self._out))
        except zlib.error:
            raise BadEncodingError("The body says to be gzip, but it isn't.") from None
        if len(self._out) > self._limit:
            raise TooLargeError.of(self._limit)
        if self._member.unused_data:
            raise BadEncodingError("Something follows on the gzip body's end.")

    def finish(self) -> bytes:
        """Everything; BadEncodingError if the end is missing."""
        if self._taken and not self._member.eof:
            raise BadEncodingError("The gzip body ends before its end.")
        return bytes(self._out)
