"""Formats of the log."""

import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from service.observability.logs import JsonFormatter, TextFormatter, log_config
from service.settings import Settings


def test_record_with_line_breaks_is_one_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        record = logging.LogRecord(
            "a", logging.ERROR, "f", 1, "bad\nthing %s", ("é",), (ValueError, error, None)
        )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "bad\nthing é"
    assert "two\nlines" in json.loads(line)["exception"]


def test_text_has_the_fields_of_json() -> None:
    record = logging.LogRecord("a", logging.INFO, "f", 1, "request", (), None)
    record.fields = {"status": 200}
    assert TextFormatter().format(record).endswith("request status=200")


def test_format_is_that_of_the_setting() -> None:
    made = [log_config(Settings(log_format=name))["formatters"]["lines"]["()"] for name in ("json", "text")]
    assert made == ["service.observability.logs.JsonFormatter", "service.observability.logs.TextFormatter"]


@given(st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**53), 2**53), st.none())))
def test_any_record_is_one_json_object(message: str, fields: dict[str, object]) -> None:
    record = logging.LogRecord("a", logging.WARNING, "f", 1, "%s", (message,), None)
    record.fields = fields
    line = JsonFormatter().format(record)
    assert "\n" not in line
    entry = json.loads(line)
    assert entry.keys() == {"time", "level", "logger", "message"} | fields.keys()
    assert entry["level"] == fields.get("level", "warning")
