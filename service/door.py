"""The door: in a flood, fits get a ready-made refusal before anything is spent on them.

A refusal by the application is routed, read and logged like a fit. Several times the capacity would keep
the event loop busy with refusing, and everybody waiting unseen in front of it. Here a refusal is one
write, so that those who were let in are answered in time.
"""

import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.back_pressure import FIT_PATH
from service.errors import QueueFullError
from service.problems import PROBLEM_TYPE, problem_document
from service.runtime import Runtime

_FIT = f"POST {FIT_PATH} ".encode()

_RETRY_SECONDS = 2

# A client that hears no refusal because it is still sending is given so long to look.
_LINGER_SECONDS = 2.0


class DoorProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, but for connections whose next request is a fit too many.

    Subclasses of `door_of` hold the runtime, since uvicorn makes protocols itself.
    """

    runtime: Runtime
    _refused = False

    def data_received(self, data: bytes) -> None:
        """What a client sends; of one that was refused nothing is read any more."""
        if self._refused:
            return
        if data.startswith(_FIT) and self._between_requests() and self._flooded():
            self._refuse()
        else:
            super().data_received(data)

    def _between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _flooded(self) -> bool:
        """Whether more requests are under way than the line, and a batch, could ever hold."""
        settings = self.runtime.settings
        return len(self.tasks) >= settings.queue_size + settings.max_batch_people

    def _refuse(self) -> None:
        self._refused = True
        self._unset_keepalive_if_required()
        self.transport.write(_REFUSAL)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        # To close at once would reset what the client has not read yet.
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        metrics = self.runtime.metrics
        metrics.rejected.labels("queue_full").inc()
        metrics.http_requests.labels("POST", FIT_PATH, "503").inc()


def door_of(runtime: Runtime) -> type[DoorProtocol]:
    """The door of an application, for uvicorn's `http`."""
    return type("Door", (DoorProtocol,), {"runtime": runtime})


def _refusal() -> bytes:
    error = QueueFullError("Far more requests came than can wait; try again later.", _RETRY_SECONDS)
    document: dict[str, Any] = problem_document(error, FIT_PATH)
    body = json.dumps(document).encode()
    lines = [
        f"HTTP/1.1 {error.status.value} {error.status.phrase}",
        f"content-type: {PROBLEM_TYPE}",
        f"content-length: {len(body)}",
        f"retry-after: {_RETRY_SECONDS}",
        "connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


_REFUSAL = _refusal()
