"""The format of the log: a line of JSON for programs, or of text for people at a terminal."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from service.observability.request_id import current
from service.settings import Settings

# Attribute of a log record: a dictionary of further fields.
FIELDS = "fields"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, the request's names, and more fields."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        correlation = current.get()
        names = {} if correlation is None else correlation._asdict()
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in names.items() if value is not None},
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


class TextFormatter(logging.Formatter):
    """Time, level, message, and the fields by name."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """A record without its exception."""
        fields = getattr(record, FIELDS, {}).items()
        return " ".join([super().formatMessage(record), *(f"{name}={value}" for name, value in fields)])


def log_config(settings: Settings) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything to standard error."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    formatter = JsonFormatter if as_json else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.{formatter.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": settings.log_level.upper()},
    }
