"""What pydantic finds wrong with a value, in words that fit JSON."""

from collections.abc import Mapping
from typing import Any

# By pydantic's name of the error; in braces what it knows of it.
SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is no known key here",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} entries, not {actual_length}",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:,.12g}",
    "greater_than_equal": "must be at least {ge:,.12g}",
    "less_than_equal": "must be at most {le:,.12g}",
    "enum": "must be {expected}",
    # Half of a character, as an escape.
    "string_unicode": "is not proper Unicode",
}


def sentence(error: Mapping[str, Any]) -> str:
    """What is wrong, to follow on the path's name.

    Args:
        error: one of pydantic's `ValidationError.errors()`; its own message is kept where there is no other.
    """
    known = SENTENCES.get(error["type"])
    return str(error["msg"]) if known is None else known.format(**error.get("ctx", {}))
