"""Formats of the log: JSON lines for programs, text for people at a terminal."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from service.observability.request_id import current
from service.settings import Settings

# Attribute of a log record that holds a dictionary of further fields.
FIELDS = "fields"


class JsonFormatter(logging.Formatter):
    """Log lines as JSON objects: `time`, `level`, `logger`, `message`, the request's IDs, further fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        correlation = current.get()
        ids = {} if correlation is None else correlation._asdict()
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in ids.items() if value is not None},
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


class TextFormatter(logging.Formatter):
    """Log lines as text: time, level, message, and further fields by name."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """Return a record without its exception."""
        fields = getattr(record, FIELDS, {}).items()
        return " ".join([super().formatMessage(record), *(f"{name}={value}" for name, value in fields)])


def log_config(settings: Settings) -> dict[str, Any]:
    """Build the argument of `logging.config.dictConfig`; all records go to standard error."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    formatter = JsonFormatter if as_json else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.{formatter.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": settings.log_level.upper()},
    }
