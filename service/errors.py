"""What can go wrong with a request, each with its HTTP status and a sentence for the client."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar, NamedTuple


class Fault(NamedTuple):
    """One offending value: where it is in the document (`$`: all of it) and what is wrong with it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ServiceError(Exception):
    """A request that gets a problem document instead of an answer.

    Args:
        detail: what went wrong, in a sentence.
        errors: the offending values, if it's a matter of values.
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
    """The body isn't JSON at all."""

    status = HTTPStatus.BAD_REQUEST
    kind = "not-json"
    title = "The body is not JSON"


class BadEncodingError(ServiceError):
    """The body isn't compressed as it says."""

    status = HTTPStatus.BAD_REQUEST
    kind = "bad-encoding"
    title = "The body can't be decompressed"


class UnauthorizedError(ServiceError):
    """API keys are in use, and the request has none that is known."""

    status = HTTPStatus.UNAUTHORIZED
    kind = "unauthorized"
    title = "An API key is needed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class ForbiddenError(ServiceError):
    """Nobody may do this here."""

    status = HTTPStatus.FORBIDDEN
    kind = "forbidden"
    title = "Not here"


class ReloadFailedError(ServiceError):
    """New weights can't be used; what was served before is served on."""

    status = HTTPStatus.CONFLICT
    kind = "reload-failed"
    title = "The weights were not changed"


class TooManyRequestsError(ServiceError):
    """One client sends more than it may; `reason` is `concurrency` or `rate`."""

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
    title = "The body took too long"


class NotAcceptableError(ServiceError):
    """None of the formats that the client accepts can be given."""

    status = HTTPStatus.NOT_ACCEPTABLE
    kind = "not-acceptable"
    title = "No such format"


class TooLargeError(ServiceError):
    """The body is longer than the service takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    kind = "too-large"
    title = "The body is too large"

    @classmethod
    def of(cls, limit: int) -> "TooLargeError":
        """With the limit, bytes, in words."""
        return cls(f"The body is longer than {limit} bytes, the most that is taken.")


class UnsupportedMediaError(ServiceError):
    """The body is said to be something other than plain JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    kind = "unsupported-media-type"
    title = "The body must be JSON"


class InvalidInputError(ServiceError):
    """JSON, but not a usable request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    kind = "invalid-input"
    title = "The request can't be used"

    @classmethod
    def of(cls, errors: Sequence[Fault]) -> "InvalidInputError":
        """With the first fault in words and all of them beside."""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return cls(f"{errors[0]}{more}.", errors)


class NobodyFittedError(ServiceError):
    """A mesh was asked for, but there is nobody to show."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    kind = "nobody-fitted"
    title = "Nobody could be fitted"


class UnavailableError(ServiceError):
    """The service can't take the request now; the same request may succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    kind = "unavailable"
    title = "Not now"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class QueueFullError(UnavailableError):
    """More requests wait for the device than may."""

    kind = "queue-full"
    title = "Too many requests wait"


class DeadlineExceededError(ServiceError):
    """The answer was not there in time."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    kind = "deadline-exceeded"
    title = "It took too long"


class FitFailedError(ServiceError):
    """The fit itself broke: a fault of the service, not of the request."""

    kind = "fit-failed"
    title = "The fit failed"
