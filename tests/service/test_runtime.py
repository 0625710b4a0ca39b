"""How far a service has come: whatever goes wrong while it starts, it can be stopped."""

import asyncio
import gc
import threading
import weakref
from pathlib import Path

import pytest

from model.weights import ServedModel
from service import runtime
from service.engine import warm_up
from service.engine.engine import Engine
from service.models import compiled
from service.runtime import Runtime, State
from service.settings import Settings
from tests.service.conftest import make_served
from tests.service.gate import LONG
from tests.service.weights_folder import write_weights


async def warmed(made: Runtime) -> None:
    async with asyncio.timeout(LONG):
        while made.state in (State.LOADING, State.WARMING):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("fails", [False, True])
def test_who_is_told_to_stop_while_warming_up_never_gets_ready(
    served: ServedModel, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    go_on = threading.Event()

    async def gated(*_: object) -> None:
        await asyncio.to_thread(go_on.wait, LONG)
        if fails:
            raise warm_up.WarmUpError("not finite")

    monkeypatch.setattr(runtime, "warm_up", gated)

    async def main() -> None:
        made = Runtime(Settings(), served)
        await made.start()
        await asyncio.sleep(0)
        made.drain()
        go_on.set()
        assert made._warming is not None
        await made._warming
        assert made.state is State.DRAINING
        await made.stop()

    asyncio.run(main())


def test_a_process_that_cannot_be_started_leaves_the_service_as_it_is(
    served: ServedModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def no_process(*_: object, **__: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(compiled, "cannot_be_made", lambda _: "")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", no_process)

    async def main() -> None:
        made = Runtime(Settings(compiled="background"), served)
        await made.start()
        await warmed(made)
        assert made._warming is not None
        await made._warming
        assert made.state is State.READY
        await made.stop()

    asyncio.run(main())
    assert "could not be compiled and stay as they are: no more processes" in caplog.text


def test_whatever_a_warm_up_ends_in_the_engine_is_stopped(
    served: ServedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []

    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    async def stop(self: Engine) -> None:
        stopped.append(self)

    monkeypatch.setattr(runtime, "compile_beside", broken)
    monkeypatch.setattr(Engine, "stop", stop)

    async def main() -> None:
        made = Runtime(Settings(), served)
        await made.start()
        await warmed(made)
        with pytest.raises(RuntimeError, match="a mistake"):
            await made.stop()

    asyncio.run(main())
    assert len(stopped) == 1


def test_after_a_reload_the_model_before_is_gone(tmp_path: Path) -> None:
    first = make_served()
    write_weights(tmp_path, first.fitter.recovery, "7")
    before = weakref.ref(first.fitter)

    async def main(model: ServedModel) -> None:
        made = Runtime(Settings(weights=tmp_path, compiled="off"), model)
        del model
        await made.start()
        await warmed(made)
        await made.reload()
        gc.collect()
        assert before() is None
        await made.stop()

    # Nobody but the runtime holds it.
    models = [first]
    del first
    asyncio.run(main(models.pop()))
