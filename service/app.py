"""The application: routes, middleware, error handlers and a runtime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from model.weights import ServedModel
from service.http import openapi, problems
from service.http.admission import AdmissionMiddleware
from service.http.routes import batch, body, fit, page, status
from service.observability.http_metrics import HttpMetricsMiddleware
from service.observability.request_id import REQUEST_ID, RequestIdMiddleware
from service.runtime import Runtime
from service.settings import Settings, load_settings

_DESCRIPTION = """
Human bodies from 2D keypoints: POST a file as OpenPose wrote it, get pose, shape, position and mesh of every
person in it, as JSON, GLB, OBJ, PLY or NPZ.
"""


def create_app(settings: Settings | None = None, model: ServedModel | None = None) -> FastAPI:
    """Create an application that shares nothing with others.

    Args:
        settings: of the service; read from the environment by default.
        model: the model to serve; by default loaded at start, as the settings say.
    """
    runtime = Runtime(settings or load_settings(), model)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        try:
            yield
        finally:
            await runtime.stop()

    app = FastAPI(
        title="Human mesh recovery",
        summary="OpenPose keypoints to posed human bodies",
        description=_DESCRIPTION,
        version="1",
        lifespan=lifespan,
        docs_url=None,  # service.http.routes.page serves /docs without a CDN
        redoc_url=None,
    )
    app.state.runtime = runtime
    problems.install(app)
    openapi.install(app)
    app.add_middleware(AdmissionMiddleware, runtime=runtime)
    _allow_origins(app, runtime.settings)
    app.add_middleware(HttpMetricsMiddleware, metrics=runtime.metrics)
    # The last one added is the outermost, so that all others see the request's ID.
    app.add_middleware(RequestIdMiddleware)
    for routes in (fit, batch, body, status, page):
        app.include_router(routes.router)
    return app


_MAY_SEND = ["Authorization", "Content-Encoding", "Content-Type", "Prefer", REQUEST_ID, "traceparent"]
_MAY_READ = ["ETag", "HMR-Warnings", "Preference-Applied", "Retry-After", "Server-Timing", REQUEST_ID]


def _allow_origins(app: FastAPI, settings: Settings) -> None:
    """Allow scripts of the configured origins to read answers (CORS), without cookies."""
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=_MAY_SEND,
            expose_headers=_MAY_READ,
        )
