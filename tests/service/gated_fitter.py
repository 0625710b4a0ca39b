"""An application whose fits wait until they are let, and a server of it at a real port."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi.testclient import TestClient

from model.fit.fitter import Fitter
from model.fit.robust.refit import RobustFit
from model.weights import ServedModel
from service.app import create_app
from service.http.admission import admission_protocol
from service.server import DrainingServer
from service.settings import Settings

WITHIN_SECONDS = 20


class GatedFitter(Fitter):
    """Fits when it's let; breaks on request."""

    def __init__(self, like: Fitter) -> None:
        super().__init__(like.recovery, like.body)
        self.gate = threading.Event()
        self.gate.set()
        self.broken = False
        self.breaks_on = -1
        self.spoilt = 0.0
        self.entered = threading.Event()
        self.people: list[int] = []

    def fit_robust(self, *args: Any, **kwargs: Any) -> RobustFit:
        self.entered.set()
        assert self.gate.wait(WITHIN_SECONDS)
        self.people.append(len(args[0].pixels))
        if self.broken or len(args[0].pixels) == self.breaks_on:
            raise RuntimeError("out of luck")
        robust = super().fit_robust(*args, **kwargs)
        robust.result.joints3d.add_(self.spoilt)
        return robust


def gated(served: ServedModel, **settings: Any) -> tuple[TestClient, GatedFitter]:
    fitter = GatedFitter(served.fitter)
    model = dataclasses.replace(served, fitter=fitter)
    return TestClient(create_app(Settings(**settings), model)), fitter


def until(condition: Callable[[], bool]) -> None:
    """Return once something is so."""
    end = time.monotonic() + WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def live(served: ServedModel, **settings: Any) -> Iterator[tuple[str, DrainingServer, GatedFitter]]:
    """A ready server in a thread: its address, itself, and its fitter."""
    fitter = GatedFitter(served.fitter)
    made = Settings(port=0, **settings)
    app = create_app(made, dataclasses.replace(served, fitter=fitter))
    config = uvicorn.Config(
        app,
        http=admission_protocol(app.state.runtime),
        port=0,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    server = DrainingServer(config, app.state.runtime)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started and app.state.runtime.state == "ready")
        fitter.people.clear()
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", server, fitter
    finally:
        fitter.gate.set()
        server.should_exit = True
        thread.join(WITHIN_SECONDS)
        assert not thread.is_alive()
