"""`hmr`: commands are imported when they are called, and the help lists all of them."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from service.cli.main import COMMANDS, app
from tests.paths import ROOT

RUN = CliRunner()


def test_the_help_describes_every_command() -> None:
    text = RUN.invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    for name in COMMANDS:
        assert f" {name} " in text
    for purpose in ("Speed: ", "Accuracy: ", "Research: "):
        assert purpose in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help(name: str) -> None:
    result = RUN.invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_an_unknown_command_is_refused() -> None:
    result = RUN.invoke(app, ["evaluat"])
    assert result.exit_code == 2
    assert "No such command" in result.output


def test_main_imports_no_command() -> None:
    script = (
        "import sys, service.cli.main; print([m for m in sys.modules if m.startswith(('service.', 'model'))])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "['service.cli', 'service.cli.main']"
