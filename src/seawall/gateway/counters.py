"""Where limits are counted: a narrow protocol, and counters inside this process.

A backend for several replicas implements `Counters`: each method is one atomic step over all
claims, so that a shared store can run it as one script. Nothing else knows how counting works.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol

import msgspec

from seawall.core.errors import SeawallError
from seawall.gateway.accounts import Account, Book, Held, Periods, Shortage, periods_of
from seawall.gateway.windows import Meter
from seawall.policy.resources import Limits

_MAX_ACCOUNTS = 100_000
_PRUNE_SECONDS = 1.0


class Subject(NamedTuple):
    """Who a limit is for: a scope (organisation, function, team, ...) and a name in it."""

    scope: str
    name: str


class Claim(NamedTuple):
    """One subject with its limits."""

    subject: Subject
    limits: Limits


class Refused(NamedTuple):
    """The first claim, from the widest scope on, that has no room."""

    subject: Subject
    shortage: Shortage


class Ticket(msgspec.Struct):
    """What was reserved over all claims: close it once.

    `closing` ends when a server has heard that it is closed; None where nothing is to be waited
    for. `number` is the server's name for it.
    """

    at: Periods
    tokens: int
    nanos: int
    held: list[tuple[Account, Held]]
    kept: tuple[Subject, ...] = ()
    number: str = ""
    closing: "Future[Any] | None" = None


class FullError(SeawallError):
    """More users, keys or sessions are active than can be counted; nobody passes uncounted."""

    code = "overloaded"
    status = 503


class Counters(Protocol):
    """Counts what subjects use. `now` is Unix seconds; amounts are whole tokens and billionths."""

    def take(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> Ticket | Refused:
        """Reserve one request over all claims, or over none. Raises FullError."""
        ...

    def begin(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> "Future[Ticket | Refused] | None":
        """Like `take`, without waiting for a server; None where `take` waits for none."""
        ...

    def close(self, ticket: Ticket, now: float, tokens: int, nanos: int) -> None:
        """Replace what a ticket reserved by what was used. Waits for no server."""
        ...

    def give(self, claims: Sequence[Claim], day: str, tokens: int, nanos: int) -> None:
        """Take what was booked on a day (YYYY-MM-DD) and never used out of its books.

        Rates a minute stay as they are. Waits for no server.
        """
        ...

    def lose(self, ticket: Ticket) -> None:
        """Take back a ticket that nobody can close any more. Never waits for a lock."""
        ...

    def meters(self, claims: Sequence[Claim]) -> dict[str, Meter]:
        """Return the rates of the claims by name, for headers: `requests`, `tokens-user`, ..."""
        ...

    def book(self, claim: Claim, period: str) -> Book:
        """Return a copy of the book of a day (YYYY-MM-DD) or month (YYYY-MM)."""
        ...

    def running(self, claim: Claim) -> int:
        """Return how many tickets of a subject are open."""
        ...

    def restore(self, used: Sequence[tuple[Claim, Mapping[str, Book]]]) -> None:
        """Set what was used before this start: books by period, of each claim."""
        ...

    def shut(self) -> None:
        """Leave a server; nothing is counted any more."""
        ...


class LocalCounters:
    """Counters of one process, under one lock: concurrent requests cannot share the last unit."""

    def __init__(self, max_accounts: int = _MAX_ACCOUNTS) -> None:
        self._mutex = threading.Lock()
        self._accounts: dict[Subject, Account] = {}
        self._lost: deque[Ticket] = deque()
        self._max = max_accounts
        self._pruned = float("-inf")
        self._latest = float("-inf")
        self._periods: tuple[int, Periods] | None = None

    def take(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> Ticket | Refused:
        """See `Counters`."""
        with self._mutex:
            self._latest = now
            self._collect()
            at = self._at(now)
            accounts = [self._account(claim, now, at) for claim in claims]
            for claim, account in zip(claims, accounts, strict=True):
                lacking = account.shortage(now, at, tokens, nanos)
                if lacking is not None:
                    return Refused(claim.subject, lacking)
            held = [(account, account.take(now, at, tokens, nanos)) for account in accounts]
            kept = tuple(c.subject for c, a in zip(claims, accounts, strict=True) if a.kept)
            return Ticket(at, tokens, nanos, held, kept)

    def begin(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> "Future[Ticket | Refused] | None":
        """See `Counters`; nothing is waited for here."""
        return None

    def close(self, ticket: Ticket, now: float, tokens: int, nanos: int) -> None:
        """See `Counters`."""
        with self._mutex:
            self._close(ticket, now, tokens, nanos)

    def give(self, claims: Sequence[Claim], day: str, tokens: int, nanos: int) -> None:
        """See `Counters`."""
        with self._mutex:
            for claim in claims:
                account = self._accounts.get(claim.subject)
                books = account.books if account is not None else {}
                for period in (day, day[:7]):
                    if (book := books.get(period)) is not None:
                        book.tokens = max(0, book.tokens - tokens)
                        book.nanos = max(0, book.nanos - nanos)

    def lose(self, ticket: Ticket) -> None:
        """See `Counters`; it is booked as used at the next call."""
        self._lost.append(ticket)

    def meters(self, claims: Sequence[Claim]) -> dict[str, Meter]:
        """See `Counters`."""
        found: dict[str, Meter] = {}
        with self._mutex:
            for claim in claims:
                account = self._accounts.get(claim.subject) or Account(
                    claim.subject.scope, claim.limits
                )
                scope = claim.subject.scope
                name = "" if scope == "function" else f"-{scope}"
                for kind, meter in (("requests", account.requests), ("tokens", account.tokens)):
                    if meter is not None:
                        found[kind + name] = meter
        return found

    def book(self, claim: Claim, period: str) -> Book:
        """See `Counters`."""
        with self._mutex:
            self._collect()
            account = self._accounts.get(claim.subject)
            book = account.books.get(period) if account else None
            return msgspec.structs.replace(book) if book else Book()

    def running(self, claim: Claim) -> int:
        """See `Counters`."""
        with self._mutex:
            self._collect()
            account = self._accounts.get(claim.subject)
            return account.running if account else 0

    def restore(self, used: Sequence[tuple[Claim, Mapping[str, Book]]]) -> None:
        """See `Counters`."""
        with self._mutex:
            for claim, books in used:
                account = self._accounts.setdefault(
                    claim.subject, Account(claim.subject.scope, claim.limits)
                )
                account.books.update(books)

    def shut(self) -> None:
        """See `Counters`; there is nothing to leave."""

    def _at(self, now: float) -> Periods:
        """Return the periods of `now`, computed once a second: a request a second pays for it."""
        second = int(now)
        if self._periods is None or self._periods[0] != second:
            self._periods = (second, periods_of(now))
        return self._periods[1]

    def _account(self, claim: Claim, now: float, at: Periods) -> Account:
        account = self._accounts.get(claim.subject)
        if account is None:
            if len(self._accounts) >= self._max:
                self._prune(now, at)
            account = Account(claim.subject.scope, claim.limits)
            self._accounts[claim.subject] = account
        elif account.limits is not claim.limits and account.limits != claim.limits:
            account.follow(claim.limits, now)
        return account

    def _prune(self, now: float, at: Periods) -> None:
        """Forget idle accounts. Raises FullError when too few are idle."""
        if now - self._pruned >= _PRUNE_SECONDS:
            self._pruned = now
            busy = {s: a for s, a in self._accounts.items() if not a.idle(now, at)}
            self._accounts = busy
        if len(self._accounts) >= self._max:
            raise FullError("Too many users, keys or sessions are active.", hint="Try again soon.")

    def _collect(self) -> None:
        while self._lost:
            ticket = self._lost.popleft()
            # Nobody knows what a lost ticket cost: it is booked as used.
            self._close(ticket, self._latest, ticket.tokens, ticket.nanos)

    def _close(self, ticket: Ticket, now: float, tokens: int, nanos: int) -> None:
        for account, held in ticket.held:
            account.close(now, held, (ticket.tokens, ticket.nanos), (tokens, nanos))
