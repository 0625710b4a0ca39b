"""Work that ends when the client that asked for it hangs up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

T = TypeVar("T")


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of some work, which is cancelled if the client hangs up before.

    Args:
        request: whose body has been read.
        work: to be done, by the task that calls this.

    Raises:
        ClientDisconnect: nobody waits any more.
    """
    task, gone = asyncio.current_task(), False
    assert task is not None  # there is one wherever something is awaited

    def cancel(_: object) -> None:
        nonlocal gone
        gone = True
        task.cancel()

    watching = asyncio.create_task(_gone(request))
    watching.add_done_callback(cancel)
    try:
        return await work
    except asyncio.CancelledError:
        # Where somebody else cancels, too, their word counts.
        if gone and task.uncancel() == 0:
            raise ClientDisconnect from None
        raise
    finally:
        watching.remove_done_callback(cancel)
        watching.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
