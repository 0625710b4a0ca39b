"""Clients with API keys, and their limits of concurrency and rate."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from service.auth.api_keys import matching
from service.errors import TooManyRequestsError, UnauthorizedError


class Client:
    """A client with an API key, and its use of the limits.

    Args:
        concurrency: most requests at a time.
        rate: most requests per second on average, also the largest burst; None: no limit.
        clock: returns the time in seconds.
    """

    def __init__(self, concurrency: int, rate: float | None, clock: Callable[[], float]) -> None:
        self._free = concurrency
        self._rate = rate
        self._clock = clock
        self._most_tokens = max(1.0, rate or 0.0)
        self._tokens = self._most_tokens
        self._counted_at = clock()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request against the limits while the context is open.

        Raises:
            TooManyRequestsError: the request exceeds a limit.
        """
        if self._free < 1:
            raise TooManyRequestsError("concurrency", "Too many requests with this key at a time.", 1)
        self._spend_token()
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    def _spend_token(self) -> None:
        if self._rate is None:
            return
        now = self._clock()
        self._tokens = min(self._most_tokens, self._tokens + self._rate * (now - self._counted_at))
        self._counted_at = now
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) / self._rate))
            raise TooManyRequestsError("rate", f"More than {self._rate:g} requests a second.", wait)
        self._tokens -= 1


class Clients:
    """All clients with API keys.

    Args:
        digests: SHA-256 of each key by the client's name; if empty, no key is required and nothing limited.
        concurrency, rate, clock: arguments of each `Client`.
    """

    def __init__(
        self,
        digests: Mapping[str, bytes],
        *,
        concurrency: int,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._digests = dict(digests)
        self._clients = {name: Client(concurrency, rate, clock) for name in digests}

    @property
    def known(self) -> bool:
        """True if API keys are in use."""
        return bool(self._digests)

    def identify(self, key: str | None) -> Client | None:
        """Return the client with this key; None if no keys are in use.

        Raises:
            UnauthorizedError: keys are in use, and this is not one of them.
        """
        if not self.known:
            return None
        if key is None:
            raise UnauthorizedError("Send your API key as 'Authorization: Bearer …'.")
        name = matching(self._digests, key)
        if name is None:
            raise UnauthorizedError("This API key is not known.")
        return self._clients[name]
