"""The line before the device: requests that wait, in the order in which they came, and no more than may."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from service.engine.batching import Run
from service.engine.job import FitJob, FitOutcome


@dataclass(eq=False)
class Ticket:
    """A job that waits, what fits it, the future that its request awaits, and the time at which it came."""

    job: FitJob
    run: Run
    answer: asyncio.Future[FitOutcome]
    since: float


class WaitingLine:
    """A bounded queue from which tickets may leave at any place.

    Args:
        most_requests: how many tickets may wait.
        most_people: how many people may wait; a single ticket may have more.
    """

    def __init__(self, most_requests: int, most_people: int) -> None:
        self._most_requests = most_requests
        self._most_people = most_people
        self._tickets: dict[Ticket, None] = {}
        self._changed = asyncio.Event()
        self._people = 0

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def people(self) -> int:
        """How many people wait."""
        return self._people

    @property
    def first(self) -> Ticket:
        """The one that came first; StopIteration if nobody waits."""
        return next(iter(self._tickets))

    def has_room(self, people: int, share: float = 1.0) -> bool:
        """Whether so many people could join the line, or the given share of it."""
        if not self._tickets:
            return True
        fits = self._people + people <= share * self._most_people
        return fits and len(self) + 1 <= share * self._most_requests

    def join(self, ticket: Ticket) -> None:
        """Wait behind all others."""
        self._tickets[ticket] = None
        self._people += ticket.job.people
        self._changed.set()

    def leave(self, ticket: Ticket) -> None:
        """Wait no longer; nothing happens if it doesn't."""
        if ticket in self._tickets:
            del self._tickets[ticket]
            self._people -= ticket.job.people
            self._changed.set()

    def take(self, most_people: int) -> list[Ticket]:
        """The first ticket, and those of as many steps and the same model behind it, up to so many people."""
        first = self.first
        taken = [first]
        people = first.job.people
        for ticket in list(self._tickets)[1:]:
            if (ticket.job.steps, ticket.run) == (first.job.steps, first.run):
                people += ticket.job.people
                if people > most_people:
                    break
                taken.append(ticket)
        for ticket in taken:
            self.leave(ticket)
        return taken

    def wake(self) -> None:
        """Let those who wait in `until` look again."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once a condition on the line holds."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()
