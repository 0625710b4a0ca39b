"""Reading a body: as much as is allowed, and only JSON."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from service.errors import TooLargeError, UnsupportedMediaError
from service.request_body import check_encoding, check_media_type, read_body


def request(chunks: list[bytes], headers: dict[str, str]) -> tuple[Request, list[bytes]]:
    """A request, and the chunks of it that have not been asked for."""
    left = list(chunks)

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": encoded}, receive), left


def test_a_body_in_pieces_is_put_together() -> None:
    made, _ = request([b"ab", b"", b"cd"], {})
    assert asyncio.run(read_body(made, 4)) == b"abcd"


def test_a_body_that_says_to_be_too_long_is_not_read() -> None:
    made, left = request([b"12345"], {"content-length": "5"})
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(made, 4))
    assert left == [b"12345"]


def test_a_body_that_gets_too_long_is_read_no_further() -> None:
    made, left = request([b"123", b"45", b"6" * 1000], {})
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(made, 4))
    assert len(left) == 1


@pytest.mark.parametrize(
    "name", [None, "", "application/json", "Application/JSON; charset=utf-8", "application/openpose+json"]
)
def test_json_may_be_sent(name: str | None) -> None:
    check_media_type(name)


@pytest.mark.parametrize(
    "name", ["text/plain", "application/x-www-form-urlencoded", "image/svg+json", "json"]
)
def test_nothing_else_may_be_sent(name: str) -> None:
    with pytest.raises(UnsupportedMediaError, match="application/json"):
        check_media_type(name)


def test_compression_is_refused() -> None:
    check_encoding(None)
    check_encoding("identity")
    with pytest.raises(UnsupportedMediaError):
        check_encoding("gzip")
