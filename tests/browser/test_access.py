"""API keys on the page: requested, used, and kept no longer than the tab."""

import json
from pathlib import Path
from typing import Any

from tests.browser.conftest import API_KEY, OpenPage
from tests.browser.test_page import choose, fitted
from tests.service.people import crowd, document

FOCUSED = "() => document.activeElement.name"
KEPT_LONGER = "() => localStorage.length + document.cookie.length"


def refused(page: Any) -> None:
    page.get_by_role("alert").filter(has_text="API key").wait_for()


def test_key_is_requested_and_used(open_page: OpenPage, flat: None, locked_address: str) -> None:
    page = open_page(at=locked_address)
    page.get_by_role("button", name="one person").click()
    refused(page)
    assert page.evaluate(FOCUSED) == "key"
    page.keyboard.type(API_KEY)
    page.keyboard.press("Enter")
    fitted(page, "one_person")
    assert page.get_by_label("API key").input_value() == ""
    assert "is kept for this tab" in page.locator("#access-state").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download GLB").click()
    assert Path(download.value.path()).read_bytes().startswith(b"glTF")


def test_key_is_kept_for_the_tab_until_removed(open_page: OpenPage, flat: None, locked_address: str) -> None:
    page = open_page(at=locked_address)
    field = page.get_by_label("API key")
    field.fill(API_KEY)
    page.get_by_role("button", name="Use this key").click()
    page.reload()
    choose(page, json.dumps(document(*crowd(1))).encode())
    fitted(page, "mine")
    assert page.evaluate(KEPT_LONGER) == 0
    field.focus()
    page.keyboard.press("Enter")
    refused(page)
    other = open_page(at=locked_address)
    other.get_by_role("button", name="one person").click()
    refused(other)


def test_unknown_key_is_reported(open_page: OpenPage, flat: None, locked_address: str) -> None:
    page = open_page(at=locked_address)
    page.get_by_label("API key").fill("not-one-of-the-keys")
    page.get_by_role("button", name="Use this key").click()
    page.get_by_role("button", name="one person").click()
    page.get_by_role("alert").filter(has_text="not known").wait_for()


def test_open_service_requests_no_key(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    page.get_by_role("button", name="one person").wait_for()
    assert not page.get_by_label("API key").is_visible()
