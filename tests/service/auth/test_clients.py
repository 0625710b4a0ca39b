"""Limits of each client."""

import hashlib
from contextlib import ExitStack, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.auth.clients import Clients
from service.errors import TooManyRequestsError, UnauthorizedError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def clients(clock: Clock | None = None, *, concurrency: int = 99, rate: float | None = None) -> Clients:
    digests = {name: hashlib.sha256(name.encode()).digest() for name in ("ann", "bob")}
    return Clients(digests, concurrency=concurrency, rate=rate, clock=clock or Clock())


def test_without_keys_all_clients_are_accepted() -> None:
    assert Clients({}, concurrency=1, rate=1).identify(None) is None


@pytest.mark.parametrize("key", [None, "", "eve", "ann "])
def test_missing_and_unknown_keys_are_rejected(key: str | None) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        clients().identify(key)
    assert caught.value.headers["WWW-Authenticate"] == "Bearer"


def test_concurrency_is_limited_per_client() -> None:
    known = clients(concurrency=2)
    ann, bob = known.identify("ann"), known.identify("bob")
    assert ann is not None
    assert bob is not None
    with ExitStack() as stack:
        for client in (ann, ann, bob):
            stack.enter_context(client.request())
        with pytest.raises(TooManyRequestsError) as caught, ann.request():
            pass
        assert caught.value.reason == "concurrency"
    with ann.request():
        pass


def test_rate_is_limited_on_average() -> None:
    clock = Clock()
    ann = clients(clock, rate=4).identify("ann")
    assert ann is not None
    refused: list[TooManyRequestsError] = []
    for step in range(400):
        clock.now = step / 40
        try:
            with ann.request():
                pass
        except TooManyRequestsError as error:
            refused.append(error)
    assert 400 - len(refused) == 4 + int(4 * 399 / 40)
    assert {(error.reason, error.headers["Retry-After"]) for error in refused} == {("rate", "1")}


def test_retry_after_is_the_time_to_the_next_token() -> None:
    ann = clients(rate=0.1).identify("ann")
    assert ann is not None
    with ann.request():
        pass
    with pytest.raises(TooManyRequestsError) as caught, ann.request():
        pass
    assert caught.value.headers["Retry-After"] == "10"


@given(st.floats(0.1, 50), st.lists(st.floats(0, 2), min_size=1, max_size=60))
def test_rate_limits_the_requests_of_any_span(rate: float, pauses: list[float]) -> None:
    clock = Clock()
    ann = clients(clock, rate=rate).identify("ann")
    assert ann is not None
    accepted: list[float] = []
    for pause in pauses:
        clock.now += pause
        with suppress(TooManyRequestsError), ann.request():
            accepted.append(clock.now)
    for i, start in enumerate(accepted):
        for j, end in enumerate(accepted[i:], 1):
            assert j <= max(1.0, rate) + rate * (end - start) + 1e-6
