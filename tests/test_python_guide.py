"""`docs/python.md` and the README: their Python runs as it stands, and the public face is what they say."""

import contextlib
import io
import re
import subprocess
import sys

import pytest

import model
from tests.paths import ROOT

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def run_blocks(page: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a page's blocks one after another as one script in the checkout; return what they print."""
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    code = "\n".join(BLOCK.findall((ROOT / page).read_text(encoding="utf-8")))
    with contextlib.redirect_stdout(printed):
        exec(compile(code, page, "exec"), {})
    return printed.getvalue()


def test_the_guide_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = run_blocks("docs/python.md", monkeypatch)
    assert "torch.Size([2, 24, 3])" in printed
    assert "OK" in printed.splitlines()[0].upper()


def test_the_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "torch.Size([1, 24, 3]) torch.Size([1, 10])" in run_blocks("README.md", monkeypatch)


def test_every_public_name_can_be_imported() -> None:
    for name in model.__all__:
        assert getattr(model, name).__name__ == name
        assert name in dir(model)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Missing'"):
        model.__getattr__("Missing")


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, model; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_fitter_can_be_imported_from_its_room() -> None:
    from model.fit import Fitter

    assert Fitter is model.Fitter
