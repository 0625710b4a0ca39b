"""The page in a real browser: input, result, 3D view and downloads."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser.conftest import OpenPage
from tests.service.people import crowd, document

PAINTED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const xs = [], ys = [];
    for (let i = 0; i < data.length / 4; i++) if (data[4 * i + 3] > 0) {
        xs.push(i % canvas.width); ys.push(Math.floor(i / canvas.width));
    }
    const least = (list) => list.reduce((a, b) => Math.min(a, b), Infinity);
    const most = (list) => list.reduce((a, b) => Math.max(a, b), -Infinity);
    const { width, height } = canvas;
    return [least(xs) / width, least(ys) / height, most(xs) / width, most(ys) / height];
}"""
PROJECTED = """svg => {
    const box = svg.viewBox.baseVal;
    const rings = [...svg.querySelectorAll(".projected")].map((ring) => [
        (ring.cx.baseVal.value - box.x) / box.width, (ring.cy.baseVal.value - box.y) / box.height]);
    const [xs, ys] = [rings.map((r) => r[0]), rings.map((r) => r[1])];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}"""
DROP = """text => {
    const data = new DataTransfer();
    data.items.add(new File([text], "dropped.json", { type: "application/json" }));
    for (const kind of ["dragover", "drop"])
        document.body.dispatchEvent(
            new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def fitted(page: Any, name: str = "") -> None:
    page.locator("#status", has_text=f"{name}: ").filter(has_text="fitted in").wait_for()


def choose(page: Any, content: bytes, name: str = "mine.json") -> None:
    page.locator("#file").set_input_files({"name": name, "mimeType": "application/json", "buffer": content})


def body_of(people: int, **extras: Any) -> bytes:
    return json.dumps(document(*crowd(people), **extras)).encode()


def test_example_is_shown_with_residuals(open_page: OpenPage, bundled: None) -> None:
    page = open_page()
    page.get_by_role("button", name="two people").click()
    fitted(page, "two_people")
    assert page.locator("#people tbody tr").count() == 2
    assert page.locator("#joints tbody tr").count() == 25
    assert page.locator("#keypoints .projected").count() == 50
    away = [float(text) for text in page.locator("#joints td:nth-child(3)").all_inner_texts() if text != "–"]
    assert away == sorted(away, reverse=True)
    page.get_by_role("button", name="Person 2").click()
    assert page.locator("#joints-title").inner_text() == "Residuals of person 2"
    page.get_by_label("Reprojected").uncheck()
    assert page.locator("#keypoints .projected").count() == 0


@pytest.mark.parametrize("image", [{"image": {"width": 640, "height": 480}}, {}], ids=["camera", "none"])
def test_bodies_are_drawn_at_the_projected_keypoints(
    open_page: OpenPage, bundled: None, image: dict[str, Any]
) -> None:
    page = open_page()
    choose(page, body_of(2, **image))
    fitted(page, "mine")
    painted = page.locator("#overlay").evaluate(PAINTED)
    projected = page.locator("#keypoints").evaluate(PROJECTED)
    # The body is slightly larger than the keypoints, which are inside of it.
    outwards = np.array([-1, -1, 1, 1]) * (np.array(painted) - projected)
    assert (outwards > -0.01).all()
    assert (outwards < 0.12).all()


def test_keys_and_buttons_rotate_the_view(open_page: OpenPage, bundled: None) -> None:
    page = open_page()
    choose(page, body_of(1))
    fitted(page, "mine")
    view = page.locator("#view")
    view.focus()
    start = view.screenshot()
    for action in ("ArrowRight", "ArrowUp", "+"):
        before = view.screenshot()
        page.keyboard.press(action)
        assert view.screenshot() != before
    page.keyboard.press("0")
    assert view.screenshot() == start
    page.get_by_role("button", name="Top").click()
    assert view.screenshot() != start


def test_every_format_can_be_downloaded(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    choose(page, body_of(1), "person.json")
    fitted(page, "person")
    beginnings = {"GLB": b"glTF", "OBJ": b"# Frame", "PLY": b"ply\n", "NPZ": b"PK", "JSON": b'{"people"'}
    for name, beginning in beginnings.items():
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {name}").click()
        assert download.value.suggested_filename == f"person.{name.lower()}"
        assert Path(download.value.path()).read_bytes().startswith(beginning)


def test_a_file_can_be_dropped_anywhere(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    page.evaluate(DROP, body_of(1).decode())
    fitted(page, "dropped")


def test_errors_of_a_file_are_shown(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    choose(page, b"not json")
    page.get_by_role("alert").filter(has_text="is not JSON").wait_for()
    choose(page, b"[1, 2]")
    page.get_by_role("alert").filter(has_text="not an OpenPose file").wait_for()
    choose(page, b'{"people": []}')
    fitted(page, "mine")
    assert page.get_by_role("alert").inner_text() == ""
    assert "0 of 0 people" in page.locator("#status").inner_text()


def test_people_that_cannot_be_fitted_are_marked(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    choose(page, json.dumps(document({}, *crowd(1))).encode())
    fitted(page, "mine")
    rows = page.locator("#people tbody tr").all_inner_texts()
    assert "Fewer than" in rows[0]
    assert "fitted" in rows[1]
    assert page.locator("#joints-title").inner_text() == "Residuals of person 2"


def test_camera_of_the_form_is_used(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    choose(page, body_of(1))
    fitted(page, "mine")
    assert page.locator("#warnings li").count() == 1
    page.get_by_text("Picture and camera").click()
    for label, value in (("Width, px", "640"), ("Height, px", "480"), ("Horizontal field of view", "60")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Fit again").click()
    page.locator("#warnings").wait_for(state="hidden")
    assert page.locator("#keypoints").get_attribute("viewBox") == "0 0 640 480"


def test_without_the_bundle_only_the_3d_view_is_missing(open_page: OpenPage, flat: None) -> None:
    page = open_page()
    page.get_by_role("button", name="one person").click()
    fitted(page, "one_person")
    assert "make page" in page.locator("#view-missing").inner_text()
    assert page.locator("#joints tbody tr").count() == 25
    assert "POST /v1/fit" in open_page("/docs").locator("#docs li").first.inner_text()


def test_documentation_is_served_locally(open_page: OpenPage, bundled: None) -> None:
    page = open_page("/docs")
    page.locator("#operations-fit-fit").wait_for()
