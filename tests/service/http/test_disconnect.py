"""Work ends with the client's patience, and only then."""

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from service.http.disconnect import unless_gone


class Line:
    """A connection: a request whose client hangs up when told."""

    def __init__(self) -> None:
        self.hung_up = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)

    async def _receive(self) -> dict[str, Any]:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}


class Work:
    """Something that takes long, and knows whether it was cancelled."""

    def __init__(self) -> None:
        self.begun, self.cancelled = asyncio.Event(), False

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def others() -> set[asyncio.Task[Any]]:
    """The tasks that are left, but for this one, after those that were cancelled had their turn."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}


def test_what_is_done_in_time_is_given() -> None:
    async def main() -> None:
        assert await unless_gone(Line().request, asyncio.sleep(0, "done")) == "done"
        assert not await others()

    asyncio.run(main())


def test_what_breaks_is_raised() -> None:
    async def broken() -> None:
        await asyncio.sleep(0)
        raise ValueError("mine")

    async def main() -> None:
        with pytest.raises(ValueError, match="mine"):
            await unless_gone(Line().request, broken())
        assert not await others()

    asyncio.run(main())


def test_who_hangs_up_ends_the_work_and_nothing_else() -> None:
    async def main() -> None:
        line, work = Line(), Work()
        asyncio.get_running_loop().call_later(0.01, line.hung_up.set)
        with pytest.raises(ClientDisconnect):
            await unless_gone(line.request, work())
        assert work.cancelled
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()
        assert await asyncio.sleep(0, "goes on") == "goes on"
        assert not await others()

    asyncio.run(main())


@pytest.mark.parametrize("gone", [False, True])
def test_who_is_cancelled_from_outside_stays_cancelled(gone: bool) -> None:
    async def main() -> None:
        line, work = Line(), Work()
        task = asyncio.create_task(unless_gone(line.request, work()))
        await work.begun.wait()
        if gone:
            line.hung_up.set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert work.cancelled
        assert not await others()

    asyncio.run(main())
