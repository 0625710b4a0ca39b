"""The HTTP server: uvicorn with draining after SIGTERM and reloading on SIGHUP."""

import asyncio
import logging
import signal
import socket
import sys
import threading
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.errors import ServiceError
from service.http.admission import admission_protocol
from service.observability.logs import log_config
from service.runtime import Runtime

_log = logging.getLogger(__name__)

# From SIGTERM to the end of the process; orchestrators kill after 30 seconds.
_MAX_STOP_SECONDS = 28

# Longer than proxies keep an idle connection (60 s), so that they close it first: the side that closes just
# as a request arrives loses it.
_KEEP_ALIVE_SECONDS = 75

# Python's switch interval: how long the event loop or the fitting thread may keep the GIL while the other
# waits. The default of 5 ms is as long as a whole fit. Each send or receive of the event loop restarts the
# thread's wait, so the interval must be shorter than the time between them.
_SWITCH_SECONDS = 0.0001


class DrainingServer(uvicorn.Server):
    """A uvicorn server that reports not ready for some seconds before it closes its port.

    After SIGTERM `/readyz` answers 503, so that a load balancer sends its requests elsewhere; only then the
    port is closed. Accepted requests are finished. Ctrl-C, or a second signal, closes the port at once.
    SIGHUP, where the system has it, reloads the weights.

    Args:
        config: of uvicorn.
        runtime: of the served application.
    """

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._close_at: float | None = None
        self._reloads: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Set up signals and threads before the first request."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        await super().startup(sockets)
        # Python delivers signals to the main thread only.
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.handle_hangup)

    def handle_hangup(self) -> None:
        """Start a reload; called by the event loop on SIGHUP."""
        task = asyncio.create_task(self._reload())
        # The event loop keeps only a weak reference.
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload(self) -> None:
        try:
            await self._runtime.reload()
        except ServiceError as error:
            _log.error("After SIGHUP: %s", error)
        except Exception:
            _log.exception("After SIGHUP the weights were not changed")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start draining on SIGTERM, else stop; called by Python on a signal."""
        if sig != signal.SIGTERM or self._close_at is not None:
            super().handle_exit(sig, frame)
            return
        self._runtime.drain()
        self._close_at = time.monotonic() + self._runtime.settings.drain_seconds

    async def on_tick(self, counter: int) -> bool:
        """Close the port once draining is over; called ten times a second."""
        if self._close_at is not None and time.monotonic() >= self._close_at:
            self.should_exit = True
        return await super().on_tick(counter)


def make_server(app: FastAPI) -> DrainingServer:
    """Create the server of an application; its `run()` returns when the server has stopped."""
    runtime: Runtime = app.state.runtime
    settings = runtime.settings
    config = uvicorn.Config(
        app,
        # uvloop is a little quicker but accepts one connection per iteration, so that a flood waits unseen.
        loop="asyncio",
        http=admission_protocol(runtime),
        host=settings.host,
        port=settings.port,
        log_config=log_config(settings),
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(_MAX_STOP_SECONDS - settings.drain_seconds),
    )
    return DrainingServer(config, runtime)
