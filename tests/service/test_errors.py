"""Errors and their statuses."""

import inspect

import pytest

from service import errors
from service.errors import (
    Fault,
    InvalidInputError,
    ServiceError,
    TooLargeError,
    TooManyRequestsError,
    UnavailableError,
)

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ServiceError)]
# The names of problems, which clients compare with: none may change.
STATUSES = {
    "bad-encoding": 400, "deadline-exceeded": 504, "fit-failed": 500, "forbidden": 403, "internal": 500,
    "invalid-input": 422, "nobody-fitted": 422, "not-acceptable": 406, "not-json": 400, "queue-full": 503,
    "reload-failed": 409, "slow-body": 408, "too-large": 413, "too-many-requests": 429, "unauthorized": 401,
    "unavailable": 503, "unsupported-media-type": 415,
}  # fmt: skip


def test_kinds_and_statuses_are_those_that_clients_know() -> None:
    assert {kind.kind: kind.status.value for kind in KINDS} == STATUSES
    assert len(KINDS) == len(STATUSES)


@pytest.mark.parametrize("kind", KINDS)
def test_titles_are_plain_phrases(kind: type[ServiceError]) -> None:
    assert kind.title[0].isupper()
    assert not kind.title.endswith(".")


def test_message_of_faults_names_the_first_one() -> None:
    faults = [Fault("people[0]", "must be an object"), Fault("$", "must be a list")]
    assert InvalidInputError.of(faults[:1]).detail == "people[0]: must be an object."
    assert InvalidInputError.of(faults).detail == "people[0]: must be an object (and 1 more)."
    assert InvalidInputError.of(faults).errors == tuple(faults)


def test_temporary_errors_say_when_to_retry() -> None:
    assert UnavailableError("Later.", 3).headers == {"Retry-After": "3"}
    assert TooManyRequestsError("rate", "Slower.", 2).headers == {"Retry-After": "2"}


def test_too_large_error_names_the_limit() -> None:
    assert "12 bytes" in TooLargeError.of(12).detail
