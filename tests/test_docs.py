"""The README and the pages in `docs/`: limits, links, commands, examples, and the parts made from code."""

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from service.cli.main import app
from service.errors import ServiceError, UnavailableError
from service.request.parse import read_request
from tests.paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")
FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)

# A command is written in a block of shell lines, or between backticks.
COMMAND = re.compile(r"(?:^|`)(?:\.venv/bin/)?(hmr(?: [^`\n]*)?)(?:`|$)", re.MULTILINE)


def fences(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [body for found, body in FENCE.findall(text) if found == language]


def commands(page: Path) -> list[list[str]]:
    """Return the words of each `hmr …` command of a page, continued lines joined."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    found = [shlex.split(line, comments=True) for line in COMMAND.findall(text)]
    return [words for words in found if len(words) > 1]


def subcommands(command: Any) -> dict[str, Any]:
    """Return the commands of a group by name; a command that is no group has none."""
    names = command.list_commands(None) if hasattr(command, "list_commands") else []
    return {name: command.get_command(None, name) for name in names}


def script(name: str) -> ModuleType:
    """Import a script of the folder `docs`."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_is_short() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 110
    assert len(text.split()) <= 900


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target, heading in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        file = page if not target else (page.parent / target)
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert heading in {
                re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in headings
            }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in commands(page):
        command: Any = typer.main.get_command(app)
        rest = words[1:]
        while rest and rest[0] in subcommands(command):
            command, rest = subcommands(command)[rest[0]], rest[1:]
        # A group without a command runs its default, `run`, or is named as a whole.
        default = subcommands(command).get("run")
        assert command.name != app.info.name, f"{page.name}: {' '.join(words)}"
        assert not rest or default or not subcommands(command), f"{page.name}: {' '.join(words)}"
        options = {"--help", *(name for p in (default or command).params for name in p.opts)}
        for word in rest:
            name = word.partition("=")[0]
            assert not name.startswith("-") or name in options, f"{page.name}: {' '.join(words)}"


@pytest.mark.parametrize(
    "line",
    [
        "hmr bogus",
        "hmr fit a.json --bogus",
        "hmr train --bogus",
        "hmr weights bogus runs/x",
        "hmr data import bogus",
        "hmr evaluate --json",
    ],
)
def test_commands_that_do_not_exist_are_found(tmp_path: Path, line: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```sh\n{line}\n```\n")
    with pytest.raises(AssertionError, match=line):
        test_commands_and_their_options_exist(page)


def test_commands_are_found() -> None:
    assert ["hmr", "train", "--quick"] in commands(ROOT / "docs" / "training.md")
    assert len([words for page in PAGES for words in commands(page)]) > 20


def test_examples_of_requests_are_requests() -> None:
    examples = fences(ROOT / "docs" / "api.md", "json")
    assert examples
    for example in examples:
        request = read_request(example.encode())
        assert request.detections.people
        assert not request.input_warnings


def test_errors_are_listed_with_their_status() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if re.match(r"\| \d{3}\b", row)]
    for error in ServiceError.__subclasses__() + UnavailableError.__subclasses__() + [ServiceError]:
        listed = [row for row in rows if f"`{error.kind}`" in row]
        assert len(listed) == 1, error
        assert str(error.status.value) in listed[0].split("|")[1], error


def test_the_table_of_settings_is_current() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert script("settings_table").updated(page) == page, "run: python docs/settings_table.py"


def test_every_setting_is_described() -> None:
    rows = script("settings_table").table().splitlines()[2:]
    assert all(len(row.split("|")[3].split()) >= 3 for row in rows)


def test_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    # In a walk, a file is named within its room.
    rooms = [ROOT, *(ROOT / room for room in ("service", "model", "model/fit"))]
    known = {path.name for top in ("service", "model") for path in (ROOT / top).rglob("*")}
    files = [name.rstrip("/") for name in re.findall(r"`([\w/]+(?:\.(?:py|yaml)|/))`", text)]
    assert len(files) > 40
    for file in files:
        assert file in known or any((room / file).exists() for room in rooms), file


def test_the_picture_of_the_architecture_is_current() -> None:
    drawing = script("draw_architecture")
    picture = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert drawing.draw(drawing.rooms()) == picture, "run: python docs/draw_architecture.py"


def test_a_circle_of_imports_is_refused() -> None:
    floors = script("draw_architecture").floors
    assert floors({"a": {"b"}, "b": {"c"}, "c": set()}) == {"a": 2, "b": 1, "c": 0}
    with pytest.raises(ValueError, match="circle"):
        floors({"a": {"b"}, "b": {"a"}})


def test_arrows_that_follow_from_others_are_left_out() -> None:
    reduced = script("draw_architecture").reduced
    assert reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_arrows_do_not_pass_behind_boxes() -> None:
    drawing = script("draw_architecture")
    picture = drawing.draw({"model.a": {"model.b", "model.c"}, "model.b": set(), "model.c": set()})
    assert picture.count("<path") == 2
    picture = drawing.draw(drawing.rooms())
    boxes = [
        (float(x), float(y)) for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="128"', picture)
    ]
    # A curve crosses a floor on a vertical line, which begins where the curve before it ends.
    crossings = re.findall(r"([\d.]+) ([\d.]+) V", picture)
    assert boxes
    assert crossings
    for x, y in crossings:
        assert not any(left <= float(x) <= left + 128 for left, top in boxes if top == float(y))
