"""One subject's counters: rates a minute, books of the day and the month, running requests."""

import math
from datetime import UTC, datetime, timedelta

import msgspec

from seawall.gateway.windows import Entry, Gcra, Meter, Window
from seawall.policy.resources import Limits

NANOS = 1_000_000_000
# What room that frees at an unknown time is worth telling a client.
SLOT_RETRY_SECONDS = 1.0
EXACT_SCOPES = ("organisation", "function")


class Shortage(msgspec.Struct, frozen=True):
    """The limit that refuses: `wait` in seconds (infinity: never), amounts in the limit's unit."""

    limit: str
    wait: float
    asked: int
    allowed: int


class Book(msgspec.Struct):
    """What counts in one period; `held` is reserved and not settled. Cost in billionths."""

    requests: int = 0
    tokens: int = 0
    nanos: int = 0
    held_tokens: int = 0
    held_nanos: int = 0


class Held(msgspec.Struct):
    """What one account holds for one request."""

    day: Book
    month: Book
    entry: Entry | None


class Periods(msgspec.Struct, frozen=True):
    """The UTC day (YYYY-MM-DD) and month (YYYY-MM) of a time, and the seconds to their ends."""

    day: str
    month: str
    to_midnight: float
    to_month_end: float


def periods_of(now: float) -> Periods:
    """Return the periods of Unix seconds."""
    time = datetime.fromtimestamp(now, UTC)
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    first = time.replace(day=28, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=4)
    return Periods(
        day=time.strftime("%Y-%m-%d"),
        month=time.strftime("%Y-%m"),
        to_midnight=(midnight - time).total_seconds(),
        to_month_end=(first.replace(day=1) - time).total_seconds(),
    )


class Account:
    """Counters of one organisation, function, team, user, key or session. The owner locks."""

    __slots__ = ("_caps", "_kind", "books", "concurrent", "kept", "limits", "requests", "running",
                 "tokens")  # fmt: skip

    def __init__(self, scope: str, limits: Limits) -> None:
        self._kind: type[Window] | type[Gcra] = Window if scope in EXACT_SCOPES else Gcra
        rpm, tpm = limits.requests_per_minute, limits.tokens_per_minute
        self.requests: Meter | None = None if rpm is None else self._kind(rpm)
        self.tokens: Meter | None = None if tpm is None else self._kind(tpm)
        self.limits = limits
        self.concurrent = limits.concurrent
        self.running = 0
        self.books: dict[str, Book] = {}
        self._caps = caps_of(limits)
        # Whether a restart must remember the books.
        self.kept = bool(self._caps)

    def follow(self, limits: Limits, now: float) -> None:
        """Count against other limits from now on; what was used stays used."""
        self.requests = self._moved(self.requests, limits.requests_per_minute, now)
        self.tokens = self._moved(self.tokens, limits.tokens_per_minute, now)
        self.limits, self.concurrent = limits, limits.concurrent
        self._caps = caps_of(limits)
        self.kept = self.kept or bool(self._caps)

    def _moved(self, meter: Meter | None, limit: int | None, now: float) -> Meter | None:
        if limit is None:
            return None
        if meter is not None and meter.limit == limit:
            return meter
        moved = self._kind(limit)
        if meter is not None and (used := meter.used(now)):
            moved.add(now, used)
        return moved

    def book(self, period: str) -> Book:
        """Return a period's book; earlier periods of its kind that are settled are dropped."""
        book = self.books.get(period)
        if book is None:
            self.books = {
                name: old
                for name, old in self.books.items()
                if len(name) != len(period) or old.held_tokens or old.held_nanos or name > period
            }
            book = self.books[period] = Book()
        return book

    def shortage(self, now: float, at: Periods, tokens: int, nanos: int) -> Shortage | None:
        """Return the limit that has no room for one more request of that size, or None."""
        if self.requests is not None and (wait := self.requests.wait(now, 1)):
            return Shortage("requests_per_minute", wait, 1, self.requests.limit)
        if self.tokens is not None and (wait := self.tokens.wait(now, tokens)):
            return Shortage("tokens_per_minute", wait, tokens, self.tokens.limit)
        for name, kind, cap in self._caps:
            asked = (1, tokens, nanos)[kind]
            if lacking := self._lacking(name, kind, cap, asked, at):
                return lacking
        if self.concurrent is not None and self.running >= self.concurrent:
            return Shortage("concurrent", SLOT_RETRY_SECONDS, 1, self.concurrent)
        return None

    def _lacking(self, name: str, kind: int, cap: int, asked: int, at: Periods) -> Shortage | None:
        if asked > cap:
            return Shortage(name, math.inf, asked, cap)
        daily = name.endswith("day")
        book = self.book(at.day if daily else at.month)
        used = (book.requests, book.tokens, book.nanos)[kind]
        held = (0, book.held_tokens, book.held_nanos)[kind]
        if used + held + asked <= cap:
            return None
        # Room that is only reserved may come back before the period ends.
        if used + asked <= cap:
            return Shortage(name, SLOT_RETRY_SECONDS, asked, cap)
        return Shortage(name, at.to_midnight if daily else at.to_month_end, asked, cap)

    def take(self, now: float, at: Periods, tokens: int, nanos: int) -> Held:
        """Book one request that `shortage` has let through."""
        if self.requests is not None:
            self.requests.add(now, 1)
        entry = None if self.tokens is None else self.tokens.add(now, tokens)
        held = Held(self.book(at.day), self.book(at.month), entry)
        for book in (held.day, held.month):
            book.requests += 1
            book.held_tokens += tokens
            book.held_nanos += nanos
        self.running += 1
        return held

    def close(
        self, now: float, held: Held, reserved: tuple[int, int], used: tuple[int, int]
    ) -> None:
        """Replace what was reserved (tokens, billionths) by what was used.

        The periods of the reservation pay, so that no sum passes its cap unseen.
        """
        if self.tokens is not None and held.entry is not None:
            self.tokens.change(now, held.entry, used[0] - reserved[0])
        for book in (held.day, held.month):
            book.held_tokens -= reserved[0]
            book.held_nanos -= reserved[1]
            book.tokens += used[0]
            book.nanos += used[1]
        self.running -= 1

    def idle(self, now: float, at: Periods) -> bool:
        """Say whether forgetting the account would forget nothing that still counts."""
        meters = (self.requests, self.tokens)
        if self.running or any(meter is not None and meter.reset(now) for meter in meters):
            return False
        return not self.kept or not {at.day, at.month} & self.books.keys()


def caps_of(limits: Limits) -> tuple[tuple[str, int, int], ...]:
    """Return (name, 0 requests | 1 tokens | 2 cost, cap) of every limit of a day or month."""
    caps: list[tuple[str, int, int]] = []
    for period in ("day", "month"):
        for kind, unit in enumerate(("requests", "tokens", "cost")):
            value = getattr(limits, f"{unit}_per_{period}")
            if value is not None:
                caps.append(
                    (f"{unit}_per_{period}", kind, round(value * NANOS) if kind == 2 else value)
                )
    return tuple(caps)
