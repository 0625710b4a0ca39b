"""A few things at a time, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import QueueFullError

_RETRY_SECONDS = 5


class Slots:
    """So many at a time.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = count

    @contextmanager
    def one(self) -> Iterator[None]:
        """The time of one; QueueFullError if there are enough already."""
        if self._free < 1:
            raise QueueFullError(
                f"{self._count} requests of many lines are being served; try again later.", _RETRY_SECONDS
            )
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
