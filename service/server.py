"""The HTTP server: uvicorn, with a while between SIGTERM and the closing of the port, and SIGHUP."""

import asyncio
import logging
import signal
import socket
import sys
import threading
import time
from types import FrameType

import uvicorn

from model.weights import ServedModel
from service.app import create_app
from service.errors import ServiceError
from service.http.admission import door_of
from service.observability.logs import log_config
from service.runtime import Runtime
from service.settings import Settings

_log = logging.getLogger(__name__)

# From SIGTERM to the end; orchestrators kill after 30 seconds.
_LONGEST_STOP_SECONDS = 28

# Longer than proxies keep a silent connection (60 s), so that they hang up first: who hangs up just as a
# request comes loses it.
_KEEP_ALIVE_SECONDS = 75

# How long the event loop and a thread that fits may each keep Python's lock while the other waits; by
# default it is 5 ms, as long as a whole fit. Each time that the event loop sends or receives something,
# the wait of a thread begins anew: this is shorter than the time between.
_SWITCH_SECONDS = 0.0001


class DrainingServer(uvicorn.Server):
    """A server that is not ready any more for some seconds before it closes.

    A load balancer sees `/readyz` say 503 and sends its requests elsewhere; only then the port is closed.
    Requests that were taken are finished. Ctrl-C, or a second signal, closes the port at once. SIGHUP, where
    the system has it, changes the weights.

    Args:
        config: uvicorn's.
        runtime: of the application in it.
    """

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._close_at: float | None = None
        self._reloads: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Before the first request."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        await super().startup(sockets)
        # Signals are the main thread's alone.
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.handle_hangup)

    def handle_hangup(self) -> None:
        """On SIGHUP, a step of the event loop."""
        task = asyncio.create_task(self._reload())
        # The loop alone would let go of it.
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
        """On a signal; called by Python between two steps of the event loop."""
        if sig != signal.SIGTERM or self._close_at is not None:
            super().handle_exit(sig, frame)
            return
        self._runtime.drain()
        self._close_at = time.monotonic() + self._runtime.settings.drain_seconds

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if self._close_at is not None and time.monotonic() >= self._close_at:
            self.should_exit = True
        return await super().on_tick(counter)


def make_server(settings: Settings, model: ServedModel) -> DrainingServer:
    """A server of an application of its own; `run()` returns when it was told to stop."""
    app = create_app(settings, model)
    config = uvicorn.Config(
        app,
        # uvloop is a little quicker, but takes one new connection a turn: in a flood they would wait unseen.
        loop="asyncio",
        http=door_of(app.state.runtime),
        host=settings.host,
        port=settings.port,
        log_config=log_config(settings),
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(_LONGEST_STOP_SECONDS - settings.drain_seconds),
    )
    return DrainingServer(config, app.state.runtime)
