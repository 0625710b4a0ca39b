"""How fast a run is."""

import time


class Pace:
    """People a second since it was last asked."""

    def __init__(self) -> None:
        self._since, self._people = time.perf_counter(), 0

    def count(self, people: int) -> None:
        """So many more."""
        self._people += people

    def per_second(self) -> float:
        """The pace since the last call, or since it was made."""
        now = time.perf_counter()
        pace = self._people / (now - self._since)
        self._since, self._people = now, 0
        return pace
