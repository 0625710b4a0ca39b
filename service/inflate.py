"""Decompressing gzip piece by piece, and never further than allowed."""

import zlib

from service.errors import BadEncodingError, TooLargeError

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
