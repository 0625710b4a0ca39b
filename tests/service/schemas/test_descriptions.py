"""Descriptions of the schemas, which clients read in `/docs`."""

import importlib
import inspect
import pkgutil
import re

import pytest
from pydantic import BaseModel

from service import schemas
from service.settings import Settings

MODULES = [
    importlib.import_module(f"{schemas.__name__}.{module.name}")
    for module in pkgutil.iter_modules(schemas.__path__)
]
MODELS = [
    kind
    for module in MODULES
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, BaseModel) and kind.__module__ == module.__name__ and kind.__name__.isidentifier()
]
# Fields that are clear by their names, or have a type with a description.
CLEAR = {
    *("name", "licence", "version", "source", "status", "device", "uptime_seconds", "num_vertices"),
    *("layout", "camera", "weights", "body", "models", "result", "problem", "encoding", "root"),
}
UNCLEAR = re.compile(r"\b(whose|whom|told|tells?|(some|no|every|any)body|there (is|are)|see there)\b", re.I)


def texts(kind: type[BaseModel]) -> list[str]:
    """Return the docstring of a model and the descriptions of its fields."""
    fields = [field.description for field in kind.model_fields.values()]
    return [inspect.getdoc(kind) or "", *(text for text in fields if text is not None)]


@pytest.mark.parametrize("kind", [*MODELS, Settings])
def test_descriptions_are_plain_sentences(kind: type[BaseModel]) -> None:
    for text in texts(kind):
        assert text.endswith((".", "default.")), text
        assert text[0].isupper() or text[0] in "`0123456789xFJ", text
        assert not UNCLEAR.search(text), text


@pytest.mark.parametrize("kind", MODELS)
def test_fields_are_described(kind: type[BaseModel]) -> None:
    missing = {name for name, field in kind.model_fields.items() if field.description is None}
    assert {
        name for name in missing - CLEAR if not inspect.isclass(kind.model_fields[name].annotation)
    } == set()


def test_all_settings_are_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
