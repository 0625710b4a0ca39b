"""Many documents in one request: NDJSON in, NDJSON out, each line independent of the others."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import orjson
from anyio import to_thread

from model.keypoints.errors import InputError
from model.keypoints.openpose import sole_document
from service.engine.engine import Engine
from service.errors import Fault, FitFailedError, InvalidInputError, NotJsonError, ServiceError, TooLargeError
from service.exchange import SHORT_DOCUMENT, Exchange
from service.http.problems import problem_document
from service.media import MediaType
from service.request.parse import parse_json
from service.runtime import Runtime

# Lines ahead of the one that is written next: bounds the memory of a request.
_LINES_IN_FLIGHT = 64
_MAX_ID_LENGTH = 200
_MAX_ID = 2**63 - 1
_BAD_ID = f"must be text of at most {_MAX_ID_LENGTH} characters, or a whole number of at most 64 bits"

_log = logging.getLogger(__name__)


class Line(NamedTuple):
    """One line of a body: its number, from 1, and its bytes."""

    number: int
    data: bytes


def split_lines(data: bytes, max_lines: int) -> list[Line]:
    """Return the lines of a body that aren't empty.

    Raises:
        TooLargeError: more than `max_lines`.
        InvalidInputError: no line at all.
    """
    lines = [Line(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    if len(lines) > max_lines:
        raise TooLargeError(f"The body has {len(lines)} lines; at most {max_lines} are allowed.")
    if not lines:
        raise InvalidInputError("The body is empty; send one OpenPose file per line.")
    return lines


class BatchStream:
    """Fits lines, a few at a time, beside the other requests of the engine.

    Args:
        runtime: gives the limits and the model that is served now; all lines are fitted by that model.
        engine: runs the fits.
        wait: seconds that a line may wait for its fit once it is queued; None: the service's deadline.
    """

    def __init__(self, runtime: Runtime, engine: Engine, wait: float | None) -> None:
        self._limits = runtime.settings
        self._serving = runtime.serving
        self._engine = engine
        self._wait = wait

    async def answers(self, lines: list[Line]) -> AsyncIterator[bytes]:
        """Yield an answer for each line, in order; later lines are fitted while one is being sent."""
        waiting = iter(lines)
        in_flight: deque[asyncio.Task[bytes]] = deque()
        try:
            self._launch(waiting, in_flight)
            while in_flight:
                answer = await in_flight.popleft()
                self._launch(waiting, in_flight)
                yield answer
        finally:
            for task in in_flight:
                task.cancel()
            await asyncio.gather(*in_flight, return_exceptions=True)

    def _launch(self, waiting: Iterator[Line], in_flight: deque[asyncio.Task[bytes]]) -> None:
        while len(in_flight) < _LINES_IN_FLIGHT and (line := next(waiting, None)) is not None:
            in_flight.append(asyncio.create_task(self._answer(line)))

    async def _answer(self, line: Line) -> bytes:
        """Return a line's answer, or the problem document that takes its place."""
        line_id = None
        try:
            line_id = await self._read_id(line)
            content = await self._fit(line)
        except ServiceError as error:
            return _entry(line, line_id, "problem", error.status, _problem(line, error))
        except Exception:
            # The stream and the other lines go on.
            _log.exception("Line %d of a body failed", line.number)
            failed = FitFailedError("The fit failed unexpectedly.")
            return _entry(line, line_id, "problem", failed.status, _problem(line, failed))
        return _entry(line, line_id, "result", 200, content)

    async def _read_id(self, line: Line) -> str | int | None:
        if len(line.data) > self._limits.max_body_bytes:
            raise TooLargeError.of(self._limits.max_body_bytes)
        if len(line.data) <= SHORT_DOCUMENT:
            return _id_of(line.data)
        return await to_thread.run_sync(_id_of, line.data)

    async def _fit(self, line: Line) -> bytes:
        exchange = await Exchange.read_in_thread(
            line.data, self._serving.model, MediaType.JSON, max_people=self._limits.max_people
        )
        outcome = await self._engine.fit(exchange.job, self._serving.run, deadline=self._wait, patient=True)
        return await exchange.encode_in_thread(exchange.answer(outcome))


def _id_of(data: bytes) -> str | int | None:
    """Return the `id` of a line; None without one, or if the line can't have any.

    Raises:
        InvalidInputError: JSON could not return the `id` unchanged.
    """
    try:
        line_id = sole_document(parse_json(data)).get("id")
    except (NotJsonError, InputError):
        return None
    if line_id is None:
        return None
    if isinstance(line_id, str) and len(line_id) <= _MAX_ID_LENGTH and _is_unicode(line_id):
        return line_id
    # bool is an int to Python.
    if isinstance(line_id, int) and not isinstance(line_id, bool) and abs(line_id) <= _MAX_ID:
        return line_id
    raise InvalidInputError.of([Fault("id", _BAD_ID)])


def _is_unicode(text: str) -> bool:
    """Return whether a text is free of lone surrogates, which JSON can have as escapes."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _problem(line: Line, error: ServiceError) -> bytes:
    return json.dumps(problem_document(error, f"/v1/fit/batch#{line.number}")).encode("ascii")


def _entry(line: Line, line_id: str | int | None, key: str, status: int, content: bytes) -> bytes:
    entry = {"line": line.number, "id": line_id, "status": int(status), key: orjson.Fragment(content)}
    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
