"""Many documents in one request: lines in, lines out, each for itself."""

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
from service.exchange import encode_aside, prepare_aside
from service.http.problems import problem_document
from service.media import MediaType
from service.request.parse import parse_json
from service.response.response import assemble
from service.runtime import Runtime

# Ahead of the line that is to be written next; what is kept in memory at a time.
_LINES_IN_FLIGHT = 64
_LONGEST_ID = 200
_LARGEST_ID = 2**63 - 1
_NO_ID = f"must be text of at most {_LONGEST_ID} characters, or a whole number of at most 64 bits"

# Shorter lines are read, for their id, in a millisecond or so: not worth a thread.
_SMALL = 64_000

_log = logging.getLogger(__name__)


class Line(NamedTuple):
    """One line of a body: its number, from 1, and its bytes."""

    number: int
    data: bytes


def split_lines(data: bytes, most: int) -> list[Line]:
    """The lines of a body that aren't empty.

    Raises:
        TooLargeError: more than `most`.
        InvalidInputError: none at all.
    """
    lines = [Line(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    if len(lines) > most:
        raise TooLargeError(f"The body has {len(lines)} lines; at most {most} are taken.")
    if not lines:
        raise InvalidInputError("The body is empty; send an OpenPose file a line.")
    return lines


class BulkFit:
    """Fits lines, a few at a time, together with whatever else the engine has to do.

    Args:
        runtime: for the limits, and the model that is served now: all lines are fitted by it.
        engine: to fit with.
        wait: seconds that a line may wait for its fit once its turn has come; None: the service's own.
    """

    def __init__(self, runtime: Runtime, engine: Engine, wait: float | None) -> None:
        self._limits = runtime.settings
        self._serving = runtime.serving
        self._engine = engine
        self._wait = wait

    async def answers(self, lines: list[Line]) -> AsyncIterator[bytes]:
        """An answer a line, in the same order; lines ahead are fitted while one is being sent."""
        waiting = iter(lines)
        flying: deque[asyncio.Task[bytes]] = deque()
        try:
            self._launch(waiting, flying)
            while flying:
                answer = await flying.popleft()
                self._launch(waiting, flying)
                yield answer
        finally:
            for task in flying:
                task.cancel()
            await asyncio.gather(*flying, return_exceptions=True)

    def _launch(self, waiting: Iterator[Line], flying: deque[asyncio.Task[bytes]]) -> None:
        while len(flying) < _LINES_IN_FLIGHT and (line := next(waiting, None)) is not None:
            flying.append(asyncio.create_task(self._answer(line)))

    async def _answer(self, line: Line) -> bytes:
        """An answer, or the problem document in its place."""
        name = None
        try:
            name = await self._name(line)
            content = await self._fit(line)
        except ServiceError as error:
            return _written(line, name, "problem", error.status, _problem(line, error))
        except Exception:
            # The other lines are fine, and so is the stream.
            _log.exception("Line %d of a body broke", line.number)
            broken = FitFailedError("The fit failed for a reason of its own.")
            return _written(line, name, "problem", broken.status, _problem(line, broken))
        return _written(line, name, "result", 200, content)

    async def _name(self, line: Line) -> str | int | None:
        if len(line.data) > self._limits.max_body_bytes:
            raise TooLargeError.of(self._limits.max_body_bytes)
        return _id_of(line.data) if len(line.data) <= _SMALL else await to_thread.run_sync(_id_of, line.data)

    async def _fit(self, line: Line) -> bytes:
        limits = self._limits
        request, job, seconds = await prepare_aside(line.data, MediaType.JSON, most_people=limits.max_people)
        outcome = await self._engine.fit(job, self._serving.run, deadline=self._wait, patient=True)
        answer = assemble(request, outcome, self._serving.model, parse_seconds=seconds)
        return await encode_aside(answer, MediaType.JSON, mesh=bool(job.mesh.any()))


def _id_of(data: bytes) -> str | int | None:
    """What the client calls a line; None if it doesn't, or if the line is none that could have a name.

    Raises:
        InvalidInputError: by something that could not be given back as it is: the answer would have lost it.
    """
    try:
        name = sole_document(parse_json(data)).get("id")
    except (NotJsonError, InputError):
        return None
    if name is None or (isinstance(name, str) and len(name) <= _LONGEST_ID and _is_unicode(name)):
        return name
    # bool is an int to Python.
    if isinstance(name, int) and not isinstance(name, bool) and abs(name) <= _LARGEST_ID:
        return name
    raise InvalidInputError.of([Fault("id", _NO_ID)])


def _is_unicode(text: str) -> bool:
    """Whether it has no halves of characters, which JSON can have as escapes."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _problem(line: Line, error: ServiceError) -> bytes:
    return json.dumps(problem_document(error, f"/v1/fit/batch#{line.number}")).encode("ascii")


def _written(line: Line, name: str | int | None, key: str, status: int, content: bytes) -> bytes:
    entry = {"line": line.number, "id": name, "status": int(status), key: orjson.Fragment(content)}
    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
