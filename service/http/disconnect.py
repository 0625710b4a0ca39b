"""Cancelling the work of a request when its client hangs up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

T = TypeVar("T")


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Await work and return its result; cancel it if the client hangs up first.

    Args:
        request: a request with its body already read.
        work: awaited by the calling task.

    Raises:
        ClientDisconnect: the client hung up.
    """
    task, gone = asyncio.current_task(), False
    assert task is not None  # coroutines always run in a task

    def cancel(_: object) -> None:
        nonlocal gone
        gone = True
        task.cancel()

    watching = asyncio.create_task(_gone(request))
    watching.add_done_callback(cancel)
    try:
        return await work
    except asyncio.CancelledError:
        # A cancellation from elsewhere takes precedence.
        if gone and task.uncancel() == 0:
            raise ClientDisconnect from None
        raise
    finally:
        watching.remove_done_callback(cancel)
        watching.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
