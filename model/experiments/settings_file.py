"""The configuration of an experiment: a TOML file with a table `full`, and what `quick` changes in it."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from model.experiments.errors import ExperimentError

T = TypeVar("T")


def load_settings(path: Path, kind: type[T], *, quick: bool) -> T:
    """Settings from a file; ExperimentError names the file and the key that doesn't fit."""
    try:
        tables = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExperimentError(f"{path} can't be read as a configuration: {error}.") from error
    values = merged(tables.get("full", {}), tables.get("quick", {}) if quick else {})
    try:
        return validated(kind, values)
    except ExperimentError as error:
        raise ExperimentError(f"{path}: {error}") from error


def validated(kind: type[T], values: dict[str, Any]) -> T:
    """A dataclass from nested tables; ExperimentError names the key that doesn't fit."""
    adapter = TypeAdapter(kind)
    try:
        found = adapter.validate_python(values)
    except ValidationError as error:
        raise ExperimentError("; ".join(map(_sentence, error.errors()))) from error
    _refuse_unknown(values, adapter.dump_python(found), "")
    return found


def _refuse_unknown(values: Any, known: Any, where: str) -> None:
    """A misspelt key would else leave its default in place without a word."""
    if not (isinstance(values, dict) and isinstance(known, dict)):
        return
    for key, value in values.items():
        if key not in known:
            raise ExperimentError(f"unknown key {where}{key}; there are {', '.join(sorted(known))}.")
        _refuse_unknown(value, known[key], f"{where}{key}.")


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Nested tables, those of `other` over those of `one`."""
    result = dict(one)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def _sentence(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
