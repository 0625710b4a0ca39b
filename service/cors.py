"""Which pages of other origins may use the API: none, unless the settings name them."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from service.correlation import REQUEST_ID
from service.settings import Settings

_MAY_SEND = ["Authorization", "Content-Encoding", "Content-Type", "Prefer", REQUEST_ID, "traceparent"]
_MAY_READ = ["ETag", "HMR-Warnings", "Preference-Applied", "Retry-After", "Server-Timing", REQUEST_ID]


def install(app: FastAPI, settings: Settings) -> None:
    """Let browsers pass on what they get for scripts of the named origins. Cookies play no part."""
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=_MAY_SEND,
            expose_headers=_MAY_READ,
        )
