"""Accessibility of the page: keyboard, light and dark, narrow screens."""

from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.test_page import fitted

FOCUSED = "() => [document.activeElement.id, document.activeElement.textContent.trim()]"
RING = "() => getComputedStyle(document.activeElement).outlineStyle"
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
NAMELESS = """() => [...document.querySelectorAll("button, input, select, a")]
    .filter((e) => !(e.textContent.trim() || e.labels?.length || e.getAttribute("aria-label"))).length"""
FAINT = """() => {
    const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const light = (css) => {
        const [r, g, b] = css.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (e) => {
        for (let at = e; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/, 0\\)|transparent/.test(colour)) return colour;
        }
    };
    return [...document.querySelectorAll("h1, h2, h3, p, a, button, label, th, td, li, figcaption, summary")]
        .filter((e) => e.checkVisibility() && e.textContent.trim())
        .filter((e) => {
            const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05) < 4.5;
        }).map((e) => e.outerHTML.slice(0, 120));
}"""


def test_keyboard_reaches_everything(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    page.get_by_role("button", name="one person").wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(RING) != "none" or page.evaluate(FOCUSED)[0] == "file"
        if page.evaluate(FOCUSED)[1] == "one person":
            break
    page.keyboard.press("Enter")
    fitted(page, "one_person")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    ids, texts = {name for name, _ in reached}, {text for _, text in reached}
    assert {"show-detected", "show-projected"} <= ids
    assert {"Download GLB", "Download JSON", "Person 1"} <= texts


def test_status_is_announced_and_controls_have_names(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    assert page.locator("#status").get_attribute("aria-live") == "polite"
    page.get_by_role("button", name="one person").click()
    fitted(page, "one_person")
    assert page.evaluate(NAMELESS) == 0
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(open_page: OpenPage, flat: None, scheme: Any) -> None:
    page = open_page(color_scheme=scheme)
    page.get_by_role("button", name="two people").click()
    fitted(page, "two_people")
    red, *_ = map(int, page.evaluate(BACKGROUND).removeprefix("rgb(").removesuffix(")").split(","))
    assert (red > 200) == (scheme == "light")
    assert page.evaluate(FAINT) == []


def test_page_fits_on_a_phone(open_page: OpenPage, bundled: None) -> None:
    width = 360
    page = open_page(width=width, height=740, has_touch=True)
    page.get_by_text("Picture and camera").click()
    page.get_by_role("button", name="two people").click()
    fitted(page, "two_people")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
