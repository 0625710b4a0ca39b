"""The scripts of the examples as modules."""

import importlib.util
from types import ModuleType

from tests.paths import EXAMPLES


def load_script(name: str) -> ModuleType:
    """Import a script of the examples without running it."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
