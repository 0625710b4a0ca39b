"""A served page and a headless Chromium; tests are skipped without one.

`pip install -e '.[browser]'` and Debian's `chromium`, or HMR_CHROMIUM with the path of another one.
"""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from service.app import create_app
from service.http.routes import page as routes
from service.page.files import BUNDLE
from service.settings import Settings
from tests.service.conftest import READY_WITHIN_SECONDS, wait_until_ready

# Software rendering on a busy machine is slow.
PATIENCE_MS = 120_000
API_KEY = "a-key-for-the-browser-test"
# Expected messages of Chromium: slow drawing, and answers that tests provoke.
_EXPECTED = ("GPU stall", "401 (Unauthorized)")
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]

OpenPage = Callable[..., Any]


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve the shipped weights at the yielded address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=address, timeout=READY_WITHIN_SECONDS) as client:
        wait_until_ready(client)
    yield address
    server.should_exit = True
    thread.join(READY_WITHIN_SECONDS)
    listener.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Address of a service without API keys."""
    with serving(Settings()) as address:
        yield address


@pytest.fixture(scope="session")
def locked_address() -> Iterator[str]:
    """Address of a service that requires API_KEY."""
    with serving(Settings(api_keys=SecretStr(f"tester:{API_KEY}"))) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.environ.get("HMR_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=found, args=_CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[OpenPage]:
    """Open pages; fail at the end of the test if one logged errors or fetched from another host."""
    errors: list[str] = []
    contexts = []

    def open_page(
        path: str = "/", *, at: str = address, width: int = 1000, height: int = 700, **options: Any
    ) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: None if _own(r.url, at) else errors.append(r.url))
        page.goto(at + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [text for text in errors if not any(words in text for words in _EXPECTED)]


def _own(url: str, address: str) -> bool:
    return url.startswith((f"{address}/", "blob:", "data:"))


@pytest.fixture
def bundled() -> None:
    """Skip the test if the page was not bundled."""
    if not (BUNDLE / "viewer.js").is_file():
        pytest.skip("the page is not bundled: make page")


@pytest.fixture
def flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the page without its bundle, which is faster, as software rendering of 3D is slow."""
    monkeypatch.setattr(routes, "BUNDLE", tmp_path)
