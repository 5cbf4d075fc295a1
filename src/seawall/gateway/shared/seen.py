"""What a server last told of one subject."""

import math
from typing import Any, NamedTuple, Self

from seawall.gateway.accounts import Periods
from seawall.gateway.counters import Subject
from seawall.gateway.windows import Entry


class SeenRate:
    """A rate as it was told: `used` units then, nothing of them after `reset` seconds.

    For headers only: what is in between is counted as if nothing had left yet.
    """

    __slots__ = ("_at", "_reset", "_used", "limit", "seconds")

    def __init__(self, limit: int, used: int, reset: float, at: float) -> None:
        self.limit = limit
        self.seconds = 60.0
        self._used = used
        self._reset = reset
        self._at = at

    @classmethod
    def of(cls, limit: int | None, used: int, reset: float, at: float) -> Self | None:
        """Return the rate; None where there is no limit."""
        return None if limit is None else cls(limit, int(used), float(reset), at)

    def used(self, now: float) -> int:
        """See `windows.Meter`."""
        return self._used if now < self._at + self._reset else 0

    def reset(self, now: float) -> float:
        """See `windows.Meter`."""
        return max(0.0, self._at + self._reset - now)

    def wait(self, now: float, amount: int) -> float:
        """See `windows.Meter`; the server decides, this only estimates."""
        if amount > self.limit:
            return math.inf
        return 0.0 if self.used(now) + amount <= self.limit else self.reset(now)

    def add(self, now: float, amount: int) -> Entry:
        """Never called: the server counts."""
        raise RuntimeError("a rate that was told cannot be added to")

    def change(self, now: float, entry: Entry, difference: int) -> None:
        """Never called: the server counts."""
        raise RuntimeError("a rate that was told cannot be changed")


class Seen(NamedTuple):
    """One subject: its rates, and (requests, tokens, billionths) used and held in day and month."""

    requests: SeenRate | None
    tokens: SeenRate | None
    books: tuple[int, ...]
    at: Periods

    def rows(self, subject: Subject) -> list[list[Any]]:
        """Return the books as the script restores them; one that counts nothing is left out."""
        name, keep = f"{subject.scope}/{subject.name}", self.at.to_month_end
        day, month = list(self.books[:3]), list(self.books[3:])
        found = [[name, self.at.day, *day, keep], [name, self.at.month, *month, keep]]
        return [row for row in found if row[2]]
