"""Reading the body of a request within limits of size and time, and only if it is declared as JSON."""

import asyncio
import zlib
from typing import NamedTuple

from starlette.requests import Request

from service.errors import BadEncodingError, SlowBodyError, TooLargeError, UnsupportedMediaError

_FORM = "application/x-www-form-urlencoded"


class BodyKind(NamedTuple):
    """The media types that a route accepts.

    Attributes:
        name: for messages.
        types: media types, the recommended one first.
        suffix: of further accepted types, such as `+json`; empty for none.
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
    """Return the bytes of a body, decompressed if it is declared as gzip.

    Args:
        request: a request with its body not yet read.
        kind: the accepted media types.
        limit: most bytes, as sent and decompressed.
        seconds: longest time for the body to arrive.

    Raises:
        UnsupportedMediaError: another media type, or another compression than gzip.
        BadEncodingError: declared as gzip, but isn't.
        TooLargeError: longer than allowed, by its header or in fact.
        SlowBodyError: not complete in time.
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
        raise SlowBodyError(f"The body did not arrive within {seconds:g} s.") from None


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
    """Raise UnsupportedMediaError unless a Content-Type is accepted or absent."""
    name = (content_type or "").split(";")[0].strip().lower()
    if name in ("", *kind.types):
        return
    if kind.suffix and name.startswith("application/") and name.endswith(kind.suffix):
        return
    hint = " (the default of curl)" if name == _FORM else ""
    raise UnsupportedMediaError(
        f"The Content-Type is not {kind.name}{hint}; send the body with 'Content-Type: {kind.types[0]}'.",
        headers={"Accept-Post": kind.types[0]},
    )


def is_compressed(content_encoding: str | None) -> bool:
    """Return whether the body is declared as gzip; UnsupportedMediaError for other compressions."""
    name = (content_encoding or "identity").strip().lower()
    if name not in ("identity", "gzip", "x-gzip"):
        raise UnsupportedMediaError(
            "Only gzip-compressed bodies are supported.", headers={"Accept-Encoding": "gzip, identity"}
        )
    return name != "identity"


# zlib's code for deflate with gzip's header and checksum, and the largest window.
_GZIP = 16 + zlib.MAX_WBITS


class Inflater:
    """Decompresses the pieces of a gzip file with one member (RFC 1952), and never further than a limit.

    Args:
        limit: most bytes, compressed and decompressed.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._out = bytearray()
        self._member = zlib.decompressobj(_GZIP)

    def add(self, piece: bytes) -> None:
        """Decompress one piece.

        Raises:
            TooLargeError: the result would be longer than the limit.
            BadEncodingError: the data is not gzip.
        """
        self._taken += len(piece)
        if self._taken > self._limit:
            raise TooLargeError.of(self._limit)
        try:
            # At most one byte more than allowed is ever decompressed: enough to detect the excess.
            self._out += self._member.decompress(piece, self._limit + 1 - len(self._out))
        except zlib.error:
            raise BadEncodingError("The body is declared as gzip, but it isn't.") from None
        if len(self._out) > self._limit:
            raise TooLargeError.of(self._limit)
        if self._member.unused_data:
            raise BadEncodingError("The gzip body is followed by other data.")

    def finish(self) -> bytes:
        """Return the decompressed bytes; BadEncodingError if the end is missing."""
        if self._taken and not self._member.eof:
            raise BadEncodingError("The gzip body is truncated.")
        return bytes(self._out)
