"""The body of a request, read only as far as it may go, and only if it says to be plain JSON."""

from starlette.requests import Request

from service.errors import TooLargeError, UnsupportedMediaError

_FORM = "application/x-www-form-urlencoded"


async def read_body(request: Request, limit: int) -> bytes:
    """The body's bytes.

    Raises:
        UnsupportedMediaError: another media type than JSON's, or compressed.
        TooLargeError: longer than `limit` bytes, whether or not it says so beforehand.
    """
    check_media_type(request.headers.get("content-type"))
    check_encoding(request.headers.get("content-encoding"))
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise _too_large(limit)
    return bytes(data)


def check_media_type(content_type: str | None) -> None:
    """Allow JSON, and silence about it; raise UnsupportedMediaError otherwise."""
    name = (content_type or "").split(";")[0].strip().lower()
    if name in ("", "application/json") or (name.startswith("application/") and name.endswith("+json")):
        return
    hint = " (curl sends this unless told otherwise)" if name == _FORM else ""
    raise UnsupportedMediaError(
        f"The Content-Type is not JSON{hint}; send the file with 'Content-Type: application/json'.",
        headers={"Accept-Post": "application/json"},
    )


def check_encoding(content_encoding: str | None) -> None:
    """Raise UnsupportedMediaError for a compressed body."""
    if (content_encoding or "identity").strip().lower() != "identity":
        raise UnsupportedMediaError(
            "Compressed bodies are not taken; send the JSON as it is.",
            headers={"Accept-Encoding": "identity"},
        )


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"The body is longer than {limit} bytes, the most that is taken.")
