"""The page's files: nothing from elsewhere, nothing inline, nothing beside them."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from model.weights import ServedModel
from service.app import create_app
from service.http.routes import page
from service.page.files import STATIC, examples
from service.settings import Settings

FOLDER = STATIC.parent
SCRIPTS = [*STATIC.glob("*.js"), *(FOLDER / "viewer").glob("*.js"), FOLDER / "build.mjs"]
NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.mark.parametrize("path", ["/", "/docs", "/page/main.js", "/page/style.css"])
def test_scripts_may_come_from_here_only(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_files_have_types_that_browsers_run(client: TestClient) -> None:
    types = {"main.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml"}
    for name, expected in types.items():
        assert client.get(f"/page/{name}").headers["content-type"].startswith(expected)


@pytest.mark.parametrize(
    "path",
    [
        "/page/", "/page/static", "/page/%00", "/page/%2e%2e/files.py", "/page/..%2f..%2fapp.py",
        "/page/bundle/", "/page/bundle/%2e%2e/package.json", "/page/examples/README.json",
        "/page/examples/%2e%2e%2fpyproject.json", "/page/examples/client.py", "/page/" + "a" * 5000,
    ],
)  # fmt: skip
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_examples_are_listed_and_can_be_fitted(client: TestClient) -> None:
    names = client.get("/page/parts").json()["examples"]
    assert names == sorted(examples())
    assert "one_person" in names
    for name in names:
        example = client.get(f"/page/examples/{name}.json")
        answer = client.post("/v1/fit", content=example.content, headers={"content-type": "application/json"})
        assert [person["status"] for person in answer.json()["people"]].count("ok") >= 1


def test_the_page_asks_for_what_is_there(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "BUNDLE", tmp_path)
    assert client.get("/page/parts").json() | {"examples": []} == {
        "viewer": False, "documentation": False, "examples": [], "api_key": False,
    }  # fmt: skip
    (tmp_path / "viewer.js").touch()
    assert client.get("/page/parts").json()["viewer"] is True


def test_the_page_knows_where_keys_are_in_use(served: ServedModel) -> None:
    settings = Settings(api_keys=SecretStr("someone:a-key-long-enough"))
    with TestClient(create_app(settings, served)) as client:
        assert client.get("/page/parts").json()["api_key"] is True


@pytest.mark.parametrize("name", ["index.html", "docs.html"])
def test_nothing_is_inline_or_from_elsewhere(client: TestClient, name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8").replace(NAMESPACE, "")
    assert not re.search(r"https?://|style=|\son\w+=|<style|<script(?![^>]*\bsrc=)", text)
    for path in re.findall(r'(?:href|src)="(/page/[^"]+)"', text):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_short_and_make_no_markup_from_text(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )
    assert not re.search(r"https?://", text.replace(NAMESPACE, ""))
    for name in re.findall(r'from "\./([^"]+)"', text):
        assert (script.parent / name).is_file()


def test_what_comes_from_npm_is_pinned_by_hash() -> None:
    wanted = json.loads((FOLDER / "package.json").read_text())
    lock = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert lock[f"node_modules/{name}"]["version"] == version
    packages = [entry for path, entry in lock.items() if path]
    assert all(entry["integrity"].startswith("sha512-") and "resolved" not in entry for entry in packages)
