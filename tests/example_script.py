"""The scripts of the examples as modules."""

import importlib.util
from types import ModuleType

from tests.paths import EXAMPLES


def load_script(name: str) -> ModuleType:
    """A script of the examples, not run yet."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
