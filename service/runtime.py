"""The running parts of an application: model, engine, metrics and state."""

import asyncio
import contextlib
import logging
import time
from enum import StrEnum

import anyio

from model.weights import ServedModel
from service.auth.clients import Clients
from service.engine.engine import Engine
from service.engine.policy import EngineLimits
from service.engine.warm_up import WarmUpError, warm_up
from service.errors import ReloadFailedError, UnavailableError
from service.models.background import compile_beside
from service.models.load import StartupError, load_model
from service.models.served import Serving
from service.observability.metrics import Metrics
from service.settings import Settings

_log = logging.getLogger(__name__)

_WARM_UP_PEOPLE = (1, 8, 64)
_STARTING_RETRY_SECONDS = 2


class State(StrEnum):
    """The state of the service."""

    LOADING = "loading"
    WARMING = "warming"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"

    @property
    def sentence(self) -> str:
        """The state as a sentence."""
        return {
            State.LOADING: "Weights and body are being loaded.",
            State.WARMING: "Warm-up fits are running; the service will be ready soon.",
            State.READY: "The service accepts requests.",
            State.DRAINING: "The service is stopping and accepts no new requests.",
            State.FAILED: "The warm-up failed; the log says why.",
        }[self]


class Runtime:
    """The running parts of one application.

    Args:
        settings: of the service.
        model: the model to serve; loaded as the settings say if None.
    """

    def __init__(self, settings: Settings, model: ServedModel | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.state = State.LOADING
        self.started = time.monotonic()
        self.clients = Clients(
            settings.key_digests, concurrency=settings.key_concurrency, rate=settings.key_rate
        )
        self.bulk_slots = anyio.Semaphore(settings.max_bulk_requests)
        self._serving = None if model is None else Serving(model)
        self._engine: Engine | None = None
        self._warming: asyncio.Task[None] | None = None
        self._reloading = asyncio.Lock()

    @property
    def loaded(self) -> ServedModel | None:
        """The served model, None while it is being loaded."""
        return None if self._serving is None else self._serving.model

    @property
    def model(self) -> ServedModel:
        """The served model; UnavailableError while it is being loaded."""
        return self.serving.model

    @property
    def serving(self) -> Serving:
        """The served model, for a request to hold until it is answered; UnavailableError as for `model`."""
        if self._serving is None:
            raise UnavailableError(self.state.sentence, _STARTING_RETRY_SECONDS)
        return self._serving

    @property
    def engine(self) -> Engine:
        """The engine; UnavailableError unless the service is ready."""
        if self.state is not State.READY or self._engine is None:
            raise UnavailableError(self.state.sentence, _STARTING_RETRY_SECONDS)
        return self._engine

    @property
    def queue_depth(self) -> int:
        """Number of requests that wait for the device."""
        return 0 if self._engine is None else self._engine.depth

    async def start(self) -> None:
        """Load the model and start the warm-up; the service is ready shortly after this returns.

        Raises:
            StartupError: the model can't be loaded.
        """
        serving = self._serving or await self._load()
        self._serve(serving)
        self._engine = Engine(_limits(self.settings), self.metrics)
        await self._engine.start()
        self.state = State.WARMING
        self._warming = asyncio.create_task(self._warm_up(self._engine, serving))

    async def reload(self) -> ServedModel:
        """Load the model of the settings again, warm it up beside the served one, and replace that.

        Requests in progress are answered by the model that was served when they began. Reloads run one at a
        time.

        Returns:
            The model that is served now.

        Raises:
            ReloadFailedError: the new model can't be used; the old one is still served.
            UnavailableError: the service isn't ready.
        """
        async with self._reloading:
            engine, result = self.engine, "failed"
            try:
                serving = await self._load()
                await warm_up(engine, serving.run, self._warm_up_sizes)
                self._serve(serving)
                result = "ok"
            except (StartupError, WarmUpError) as error:
                raise ReloadFailedError(str(error)) from error
            finally:
                self.metrics.reloads.labels(result).inc()
            _log.info("Weights %s are served now", serving.model.version)
            return serving.model

    def drain(self) -> None:
        """Accept no more requests; accepted ones go on."""
        self.state = State.DRAINING

    async def stop(self) -> None:
        """Accept no more requests and finish the accepted ones."""
        self.drain()
        try:
            if self._warming is not None:
                self._warming.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._warming
        finally:
            if self._engine is not None:
                await self._engine.stop()

    async def _load(self) -> Serving:
        return Serving(await asyncio.to_thread(load_model, self.settings))

    def _serve(self, serving: Serving) -> None:
        """Replace the served model and its metrics within one step of the event loop."""
        self._serving = serving
        model = serving.model
        self.metrics.set_model(version=model.version, sha256=model.weights_sha256, body=model.body_name)

    @property
    def _warm_up_sizes(self) -> list[int]:
        return sorted({min(people, self.settings.max_batch_people) for people in _WARM_UP_PEOPLE})

    async def _warm_up(self, engine: Engine, serving: Serving) -> None:
        try:
            await warm_up(engine, serving.run, self._warm_up_sizes)
        except Exception:
            _log.exception("The warm-up failed")
            state = State.FAILED
        else:
            state = State.READY
        # A stop during the warm-up takes precedence.
        if self.state is State.WARMING:
            self.state = state
        if self.state is State.READY:
            compiled = await compile_beside(lambda: self.model, self.settings)
            # Not if other weights were loaded meanwhile.
            if compiled is not None and compiled.fitter.recovery is self.model.fitter.recovery:
                self._serve(Serving(compiled))


def _limits(settings: Settings) -> EngineLimits:
    return EngineLimits(
        queue_requests=settings.queue_size,
        queue_people=settings.queue_people,
        batch_people=settings.max_batch_people,
        batch_wait=settings.batch_wait_ms / 1000,
        deadline=settings.deadline_seconds,
    )
