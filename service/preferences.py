"""What a client prefers of how it is served (`Prefer`, RFC 7240)."""

import re
from collections.abc import Iterable

_WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6}(?:\.\d{1,3})?)"?\s*(?=$|[,;])', re.IGNORECASE)


def preferred_wait(headers: Iterable[str]) -> float | None:
    """Seconds that a client is willing to wait, by `Prefer: wait=…`; fractions are fine.

    As the RFC has it, a preference that can't be read is ignored.
    """
    found = _WAIT.search(",".join(headers))
    return None if found is None else float(found[1])
