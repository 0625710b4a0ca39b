"""What routes ask for by the type of an argument."""

from typing import Annotated

from fastapi import Depends, Request

from service.media import MediaType, negotiate
from service.request_body import read_body
from service.runtime import Runtime


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
"""The running parts of the application."""


def _accepted(request: Request) -> MediaType:
    return negotiate(request.headers.get("accept"))


AcceptedDep = Annotated[MediaType, Depends(_accepted)]
"""The format that the client likes best."""


async def _body(request: Request, runtime: RuntimeDep) -> bytes:
    return await read_body(request, runtime.settings.max_body_bytes)


BodyDep = Annotated[bytes, Depends(_body)]
"""The body's bytes, within the limit."""
