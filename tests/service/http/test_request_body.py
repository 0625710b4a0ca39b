"""Reading a body: as much as is allowed, as fast as it must come, and only JSON."""

import asyncio
import gzip
import tracemalloc
import zlib

import pytest
from starlette.requests import Request
from starlette.types import Message

from service.errors import BadEncodingError, SlowBodyError, TooLargeError, UnsupportedMediaError
from service.http.request_body import JSON, NDJSON, check_media_type, is_compressed, read_body

GZIP = {"content-encoding": "gzip"}


def request(chunks: list[bytes], headers: dict[str, str]) -> tuple[Request, list[bytes]]:
    """A request, and the chunks of it that have not been asked for."""
    left = list(chunks)

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": encoded}, receive), left


def test_a_body_in_pieces_is_put_together() -> None:
    made, _ = request([b"ab", b"", b"cd"], {})
    assert asyncio.run(read_body(made, JSON, 4, 20)) == b"abcd"


def test_a_body_that_says_to_be_too_long_is_not_read() -> None:
    made, left = request([b"12345"], {"content-length": "5"})
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(made, JSON, 4, 20))
    assert left == [b"12345"]


def test_a_body_that_gets_too_long_is_read_no_further() -> None:
    made, left = request([b"123", b"45", b"6" * 1000], {})
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(made, JSON, 4, 20))
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


def test_lines_may_be_sent_where_lines_are_wanted() -> None:
    check_media_type("application/x-ndjson; charset=utf-8", NDJSON)
    for name, kind in (("application/json", NDJSON), ("application/x-ndjson", JSON)):
        with pytest.raises(UnsupportedMediaError):
            check_media_type(name, kind)


def test_of_compressions_only_gzip_is_taken() -> None:
    assert [is_compressed(name) for name in (None, "identity", "gzip", "X-GZIP ")] == [
        False,
        False,
        True,
        True,
    ]
    for name in ("deflate", "br", "zstd", "gzip, gzip"):
        with pytest.raises(UnsupportedMediaError):
            is_compressed(name)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_gzip_in_pieces_is_put_together(size: int) -> None:
    text = bytes(range(256)) * 8
    packed = gzip.compress(text)
    made, _ = request([packed[i : i + size] for i in range(0, len(packed), size)], GZIP)
    assert asyncio.run(read_body(made, JSON, len(text), 20)) == text
    made, _ = request([packed], GZIP)
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(made, JSON, len(text) - 1, 20))


def test_a_bomb_is_inflated_no_further_than_allowed() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(100)) + packer.flush()
    made, _ = request([bomb], GZIP)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(made, JSON, 200_000, 20))
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


BROKEN = [b"{}", gzip.compress(b"{}")[:-3], gzip.compress(b"{}") + b"more", gzip.compress(b"{}") * 2]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("size", [1, 100])
def test_what_only_says_to_be_gzip_is_refused(data: bytes, size: int) -> None:
    made, _ = request([data[i : i + size] for i in range(0, len(data), size)], GZIP)
    with pytest.raises(BadEncodingError):
        asyncio.run(read_body(made, JSON, 1000, 20))


def test_a_body_that_never_comes_is_not_waited_for() -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    slow = Request({"type": "http", "headers": []}, receive)
    with pytest.raises(SlowBodyError):
        asyncio.run(read_body(slow, JSON, 1000, 0.01))
