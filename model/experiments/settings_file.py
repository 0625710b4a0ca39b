"""The configuration of an experiment: a TOML file with a table `full`, and what `quick` changes in it."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from model.experiments.errors import ExperimentError
from model.train import config
from model.train.config import ConfigError

T = TypeVar("T")


def load_settings(path: Path, kind: type[T], *, quick: bool) -> T:
    """Read settings from a file; ExperimentError names the file and the key that doesn't fit."""
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
    """Return a dataclass from nested tables; ExperimentError names the key that doesn't fit."""
    try:
        return config.validated(kind, values)
    except ConfigError as error:
        raise ExperimentError(str(error)) from error


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Merge nested tables, those of `other` over those of `one`."""
    result = dict(one)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result
