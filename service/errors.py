"""Errors of requests, each with an HTTP status and a message for the client."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar, NamedTuple


class Fault(NamedTuple):
    """One invalid value: its path in the document (`$`: the whole document), and what is wrong with it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ServiceError(Exception):
    """An error that is answered with a problem document.

    Args:
        detail: the error in a sentence.
        errors: the invalid values, if any.
        headers: further HTTP headers, such as Retry-After.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    kind: ClassVar[str] = "internal"
    title: ClassVar[str] = "The service failed"

    def __init__(
        self, detail: str, errors: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class NotJsonError(ServiceError):
    """The body isn't JSON."""

    status = HTTPStatus.BAD_REQUEST
    kind = "not-json"
    title = "The body is not JSON"


class BadEncodingError(ServiceError):
    """The body isn't compressed as declared."""

    status = HTTPStatus.BAD_REQUEST
    kind = "bad-encoding"
    title = "The body can't be decompressed"


class UnauthorizedError(ServiceError):
    """API keys are in use, and the request has no valid one."""

    status = HTTPStatus.UNAUTHORIZED
    kind = "unauthorized"
    title = "Unauthorized"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class ForbiddenError(ServiceError):
    """The service's configuration forbids this request to all clients."""

    status = HTTPStatus.FORBIDDEN
    kind = "forbidden"
    title = "Forbidden"


class ReloadFailedError(ServiceError):
    """New weights can't be used; the old ones are still served."""

    status = HTTPStatus.CONFLICT
    kind = "reload-failed"
    title = "The weights were not changed"


class TooManyRequestsError(ServiceError):
    """A client exceeds a limit of its API key; `reason` is `concurrency` or `rate`."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    kind = "too-many-requests"
    title = "Too many requests"

    def __init__(self, reason: str, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
        self.reason = reason


class SlowBodyError(ServiceError):
    """The client took too long to send its body."""

    status = HTTPStatus.REQUEST_TIMEOUT
    kind = "slow-body"
    title = "Request timeout"


class NotAcceptableError(ServiceError):
    """None of the formats that the client accepts is supported."""

    status = HTTPStatus.NOT_ACCEPTABLE
    kind = "not-acceptable"
    title = "Not acceptable"


class TooLargeError(ServiceError):
    """The body is longer than allowed."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    kind = "too-large"
    title = "The body is too large"

    @classmethod
    def of(cls, limit: int) -> "TooLargeError":
        """Return the error that names a limit in bytes."""
        return cls(f"The body is longer than {limit} bytes, the most that is allowed.")


class UnsupportedMediaError(ServiceError):
    """The body is declared as another media type, or as compressed other than by gzip."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    kind = "unsupported-media-type"
    title = "Unsupported media type"


class InvalidInputError(ServiceError):
    """The body is JSON, but not a valid request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    kind = "invalid-input"
    title = "The request can't be used"

    @classmethod
    def of(cls, errors: Sequence[Fault]) -> "InvalidInputError":
        """Return the error of these faults; its message names the first one."""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return cls(f"{errors[0]}{more}.", errors)


class NobodyFittedError(ServiceError):
    """A mesh was asked for, but no person was fitted."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    kind = "nobody-fitted"
    title = "No person could be fitted"


class UnavailableError(ServiceError):
    """The service can't accept the request now; the same request may succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    kind = "unavailable"
    title = "Service unavailable"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class QueueFullError(UnavailableError):
    """The queue is full."""

    kind = "queue-full"
    title = "The queue is full"


class DeadlineExceededError(ServiceError):
    """The answer was not ready by the deadline."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    kind = "deadline-exceeded"
    title = "Deadline exceeded"


class FitFailedError(ServiceError):
    """The fit raised an error: a fault of the service, not of the request."""

    kind = "fit-failed"
    title = "The fit failed"
