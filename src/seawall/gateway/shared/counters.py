"""Counters that several replicas share, in Valkey or Redis: one script run per step."""

import logging
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from seawall.gateway.accounts import (
    EXACT_SCOPES,
    SLOT_RETRY_SECONDS,
    Book,
    Periods,
    Shortage,
    caps_of,
    periods_of,
)
from seawall.gateway.counters import Claim, Refused, Subject, Ticket
from seawall.gateway.shared.line import CountersAwayError, Line
from seawall.gateway.shared.seen import Seen, SeenRate
from seawall.gateway.windows import Meter
from seawall.policy.resources import Limits

log = logging.getLogger("seawall.gateway")
LEASE_SECONDS = 15.0
_NEVER, _SLOT, _DAY_END, _MONTH_END = -1, -2, -3, -4
_CAPS = tuple(f"{unit}_per_{period}" for period in ("day", "month")
              for unit in ("requests", "tokens", "cost"))  # fmt: skip
_LIMITS = ("requests_per_minute", "tokens_per_minute", *_CAPS, "concurrent")
_MOST_SEEN = 50_000
_KEEP_SECONDS = 31 * 86_400
# So soon after a request was settled its cost is in the store.
_STORED_SECONDS = 10.0
Source = Callable[[], Mapping[Subject, Mapping[str, Book]]]


class _Terms(msgspec.Struct, array_like=True):
    """A claim as the script takes it."""

    name: str
    exact: bool
    requests: int | bool
    tokens: int | bool
    caps: list[int | bool]
    concurrent: int | bool
    day: bool
    month: bool


class _Ticket(Ticket):
    """A ticket that knows its claims, to note what the server tells of them when it is closed."""

    claims: Sequence[Claim] = ()


class SharedCounters:
    """See `gateway.counters.Counters`; raises CountersAwayError while the server is away.

    `name` separates applications on one server. `source` reads what was used from the store, after
    each outage. `own_clock`: times come from the caller, else from
    the server, so that replicas need not agree. What a replica holds that is silent for
    `lease_seconds` is booked as used. Safe to share between threads.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        source: Source = dict,
        own_clock: bool = False,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.replica = secrets.token_hex(8)
        self._own_clock = own_clock
        self._lease = lease_seconds
        self._terms: dict[tuple[str, Limits], _Terms] = {}
        self._seen: OrderedDict[Subject, Seen] = OrderedDict()
        self._lost: deque[Ticket] = deque()
        self._guard = threading.Lock()
        self._source = source
        self._told: dict[tuple[str, str], list[list[Any]]] = {}
        self._owes = False
        self._unsure = 0.0
        self._latest = 0.0
        self._periods: tuple[int, Periods] | None = None
        self.line = Line(url, f"{{seawall:{name}}}", came_back=self._reconcile, beat=self._beat)

    def take(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> Ticket | Refused:
        """See `Counters`; waits for the server."""
        return self.begin(claims, now, tokens, nanos).result()

    def begin(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> "Future[Ticket | Refused]":
        """See `Counters`."""
        self._collect()
        self._latest = now
        at, number = self._at(now), secrets.token_hex(8)
        terms = [self._terms_of(claim) for claim in claims]
        time = self._time(now)
        message = ["take", time, [1, tokens, nanos], number, self.replica, terms,
                   at.day, at.month, at.to_midnight, at.to_month_end]  # fmt: skip
        kept = tuple(c.subject for c, t in zip(claims, terms, strict=True) if any(t.caps))
        ticket = _Ticket(at, tokens, nanos, [], kept, number, claims=claims)
        taken: Future[Ticket | Refused] = Future()
        taken.set_running_or_notify_cancel()

        def answered(answer: "Future[list[Any]]") -> None:
            try:
                taken.set_result(self._taken(claims, ticket, now, answer.result()))
            except Exception as error:  # noqa: BLE001 - who waits must hear
                # It may have been counted: take it back once the server is there again.
                self._ask_close(ticket, time, 0, 0, undo=True)
                taken.set_exception(error)

        self.line.ask(message).add_done_callback(answered)
        return taken

    def close(self, ticket: Ticket, now: float, tokens: int, nanos: int) -> None:
        """See `Counters`."""
        claims = ticket.claims if isinstance(ticket, _Ticket) else ()

        def answered(answer: "Future[list[Any]]") -> None:
            if answer.exception() is not None:
                return
            known, states = answer.result()[:2]
            if states:
                self._note(claims, now, states)
            if not known:  # the server was emptied in between: what was used is in the store alone
                self._unsure = monotonic() + _STORED_SECONDS

        asked = self._ask_close(ticket, self._time(now), tokens, nanos)
        asked.add_done_callback(answered)
        ticket.closing = asked

    def give(self, claims: Sequence[Claim], day: str, tokens: int, nanos: int) -> None:
        """See `Counters`; a server that is away hears of it when it is back."""
        names = [_name(claim.subject) for claim in claims]
        message = ["give", secrets.token_hex(8), names, day, day[:7], tokens, nanos]
        self.line.ask(message, kept=True)

    def lose(self, ticket: Ticket) -> None:
        """See `Counters`; it is booked as used at the next call, or after the lease."""
        self._lost.append(ticket)

    def meters(self, claims: Sequence[Claim]) -> dict[str, Meter]:
        """See `Counters`: as the server last told this replica; what it never told is left out."""
        found: dict[str, Meter] = {}
        for claim in claims:
            seen = self._seen.get(claim.subject)
            scope = claim.subject.scope
            name = "" if scope == "function" else f"-{scope}"
            if seen is not None and seen.requests is not None:
                found[f"requests{name}"] = seen.requests
            if seen is not None and seen.tokens is not None:
                found[f"tokens{name}"] = seen.tokens
        return found

    def book(self, claim: Claim, period: str) -> Book:
        """See `Counters`; waits for the server."""
        used, held, _ = self._look(claim, period)
        return Book(used[0], used[1], used[2], held[1], held[2])

    def running(self, claim: Claim) -> int:
        """See `Counters`; waits for the server."""
        return int(self._look(claim, "")[2])

    def restore(self, used: Sequence[tuple[Claim, Mapping[str, Book]]]) -> None:
        """See `Counters`: the server keeps the greater of what it knows and what this tells."""
        rows = [row for claim, books in used for row in _rows(claim.subject, books)]
        with self._guard:
            self._keep(rows)
        self.line.ask(["restore", secrets.token_hex(8), rows])

    def known(self, subject: Subject, period: str) -> tuple[int, int, int]:
        """Return (requests, tokens, billionths) that this replica knows of a day or month."""
        found = [0, 0, 0]
        name = _name(subject)
        with self._guard:
            seen = self._seen.get(subject)
            rows = seen.rows(subject) if seen is not None else []
            for row in (*rows, *self._told.get((name, period), ())):
                if row[1] == period:
                    found = [max(a, b) for a, b in zip(found, row[2:5], strict=True)]
        return found[0], found[1], found[2]

    def owe(self) -> None:
        """Tell the server anew what the store knows, with the next beat."""
        self._owes = True

    def shut(self) -> None:
        """Tell the server what waits, and leave it."""
        self._collect()
        self.line.close()

    def _taken(
        self, claims: Sequence[Claim], ticket: Ticket, now: float, answer: list[Any]
    ) -> Ticket | Refused:
        if answer[0] == 2:  # the server has forgotten everything in between
            self.line.suspect()
            raise CountersAwayError
        self._note(claims, now, answer[1])
        if answer[0] == 1:
            return ticket
        _, _, index, limit, wait, asked, allowed = answer
        ends = {_SLOT: SLOT_RETRY_SECONDS, _DAY_END: ticket.at.to_midnight,
                _MONTH_END: ticket.at.to_month_end, _NEVER: float("inf")}  # fmt: skip
        seconds = ends.get(wait, float(wait))
        return Refused(
            claims[index - 1].subject,
            Shortage(_LIMITS[limit - 1], seconds, int(asked), int(allowed)),
        )

    def _ask_close(
        self, ticket: Ticket, time: float | bool, tokens: int, nanos: int, *, undo: bool = False
    ) -> "Future[list[Any]]":
        message = ["close", time, tokens, nanos, ticket.number, self.replica, undo]
        return self.line.ask(message, kept=True)

    def _note(self, claims: Sequence[Claim], now: float, states: list[list[Any]]) -> None:
        """Remember what the server told of each subject: for headers, and for an outage."""
        with self._guard:
            for claim, state in zip(claims, states, strict=True):
                limits = claim.limits
                self._seen[claim.subject] = Seen(
                    SeenRate.of(limits.requests_per_minute, state[0], state[1], now),
                    SeenRate.of(limits.tokens_per_minute, state[2], state[3], now),
                    tuple(state[4:]),
                    self._at(now),
                )
                self._seen.move_to_end(claim.subject)
            while len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)

    def _look(self, claim: Claim, period: str) -> tuple[list[int], list[int], int]:
        self._collect()
        answer = self.line.ask(["look", _name(claim.subject), period]).result()
        return answer[1], answer[2], answer[3]

    def _collect(self) -> None:
        while self._lost:
            ticket = self._lost.popleft()
            time = self._time(self._latest)
            self._ask_close(ticket, time, ticket.tokens, ticket.nanos)

    def _beat(self) -> list[Any]:
        self._collect()
        return ["beat", self.replica, self._lease, self._owes or monotonic() < self._unsure]

    def _reconcile(self) -> None:
        """On the line's thread after each connection: nothing that is known may be forgotten.

        A server that still knows its books goes on without the store; one that has lost them does
        not go on before the store was read.
        """
        knows = bool(self.line.call(self._beat())[1])
        try:
            rows = [row for name, books in self._source().items() for row in _rows(name, books)]
            self._owes = False
        except SQLAlchemyError:
            if not knows:
                raise
            rows, self._owes = [], True  # the store is away too: it is asked again later
        with self._guard:
            self._keep(rows)
            if not knows:
                if self._seen:
                    log.warning("the counters' server had lost its books; it is told them again")
                rows += [row for told in self._told.values() for row in told]
                rows += [row for subject, seen in self._seen.items() for row in seen.rows(subject)]
        self.line.call(["restore", secrets.token_hex(8), rows])

    def _keep(self, rows: list[list[Any]]) -> None:
        """Remember what the store told, for an outage."""
        for row in rows:
            self._told[row[0], row[1]] = [row]
        while len(self._told) > _MOST_SEEN:
            self._told.pop(next(iter(self._told)))

    def _terms_of(self, claim: Claim) -> _Terms:
        key = (_name(claim.subject), claim.limits)
        terms = self._terms.get(key)
        if terms is None:
            limits = claim.limits
            caps: dict[str, int] = {name: cap for name, _, cap in caps_of(limits)}
            listed = [caps.get(name, False) for name in _CAPS]
            terms = _Terms(
                name=key[0],
                exact=claim.subject.scope in EXACT_SCOPES,
                requests=limits.requests_per_minute or False,
                tokens=limits.tokens_per_minute or False,
                caps=listed,
                concurrent=limits.concurrent or False,
                # A function's day is always kept: operators ask what it spent.
                day=any(listed[:3]) or claim.subject.scope == "function",
                month=any(listed[3:]),
            )
            if len(self._terms) >= _MOST_SEEN:
                self._terms.clear()
            self._terms[key] = terms
        return terms

    def _time(self, now: float) -> float | bool:
        return now if self._own_clock else False

    def _at(self, now: float) -> Periods:
        second = int(now)
        if self._periods is None or self._periods[0] != second:
            self._periods = (second, periods_of(now))
        return self._periods[1]


def _rows(subject: Subject, books: Mapping[str, Book]) -> list[list[Any]]:
    """Return books as the script restores them."""
    return [
        [_name(subject), period, book.requests, book.tokens, book.nanos, _KEEP_SECONDS]
        for period, book in books.items()
    ]


def _name(subject: Subject) -> str:
    return f"{subject.scope}/{subject.name}"
