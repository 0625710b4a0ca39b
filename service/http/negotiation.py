"""Content negotiation: the `Accept` and `Prefer` headers of a request."""

import re
from collections.abc import Iterable, Sequence

from service.errors import NotAcceptableError
from service.media import MediaType

_WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6}(?:\.\d{1,3})?)"?\s*(?=$|[,;])', re.IGNORECASE)


def preferred_wait(headers: Iterable[str]) -> float | None:
    """Return the seconds of `Prefer: wait=…` (RFC 7240), fractions allowed; None without one.

    A preference that can't be parsed is ignored, as the RFC demands.
    """
    found = _WAIT.search(",".join(headers))
    return None if found is None else float(found[1])


def negotiate(accept: str | None) -> MediaType:
    """Return the format that an `Accept` header prefers; JSON if it has no preference.

    Raises:
        NotAcceptableError: the header allows none of our formats.
    """
    return MediaType(best_of(accept, list(MediaType)))


def best_of(accept: str | None, offered: Sequence[str]) -> str:
    """Return the offered media type that an `Accept` header prefers (RFC 9110, 12.5.1), the first of equals.

    Raises:
        NotAcceptableError: the header allows none of those offered.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_parse_range(part) for part in accept.split(",") if part.strip()]
    # max keeps the first of equals.
    best = max(offered, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= 0:
        names = ", ".join(offered)
        raise NotAcceptableError(f"`Accept` allows none of the supported formats: {names}.")
    return best


def _parse_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that covers a type, 0 if none does."""
    for pattern in (media, f"{media.split('/')[0]}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0
