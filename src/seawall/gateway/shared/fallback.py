"""While the server that counts is away, each replica lets its stated share of the rest through."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import msgspec

from seawall.gateway.accounts import (
    SLOT_RETRY_SECONDS,
    Book,
    Periods,
    Shortage,
    caps_of,
    periods_of,
)
from seawall.gateway.counters import Claim, LocalCounters, Refused, Subject, Ticket
from seawall.gateway.shared.counters import SharedCounters
from seawall.gateway.shared.line import CountersAwayError
from seawall.gateway.windows import Meter
from seawall.policy.resources import Limits


class FallbackCounters:
    """See `gateway.counters.Counters`: a server, and counters of this process while it is away.

    Of what the server last told to be left of a day's or month's limit, this replica uses
    1/`replicas` until the server is back; of rates and concurrency the same share, at least one.
    What was used meanwhile reaches the server from the store. Safe to share between threads.
    """

    def __init__(self, shared: SharedCounters, replicas: int) -> None:
        self.shared = shared
        self.replicas = replicas
        self._guard = threading.Lock()
        self._local: LocalCounters | None = None
        self._last = LocalCounters()
        self._prepared: set[tuple[Subject, str]] = set()
        self._scaled: dict[Limits, Limits] = {}

    @property
    def away_seconds(self) -> float:
        """How long the server has not answered; 0.0 while it does."""
        return self.shared.line.away_seconds

    def take(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> Ticket | Refused:
        """See `Counters`."""
        return self.begin(claims, now, tokens, nanos).result()

    def begin(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> "Future[Ticket | Refused]":
        """See `Counters`; ends at once while the server is away."""
        taken: Future[Ticket | Refused] = Future()
        taken.set_running_or_notify_cancel()
        if self.away_seconds:
            self._answer(taken, claims, now, tokens, nanos)
            return taken
        self._local = None

        def told(answer: "Future[Ticket | Refused]") -> None:
            error = answer.exception()
            if error is None:
                taken.set_result(answer.result())
            elif isinstance(error, CountersAwayError):
                self._answer(taken, claims, now, tokens, nanos)
            else:
                taken.set_exception(error)

        self.shared.begin(claims, now, tokens, nanos).add_done_callback(told)
        return taken

    def close(self, ticket: Ticket, now: float, tokens: int, nanos: int) -> None:
        """See `Counters`; no answer waits for a server that is away."""
        if ticket.number:
            self.shared.close(ticket, now, tokens, nanos)
            if self.away_seconds:
                ticket.closing = None
            return
        self._last.close(ticket, now, tokens, nanos)
        if not self.away_seconds:  # it was back before this ended: it hears of it from the store
            self.shared.owe()

    def give(self, claims: Sequence[Claim], day: str, tokens: int, nanos: int) -> None:
        """See `Counters`; a share that is used up meanwhile stays used up."""
        self.shared.give(claims, day, tokens, nanos)

    def lose(self, ticket: Ticket) -> None:
        """See `Counters`."""
        if ticket.number:
            self.shared.lose(ticket)
        elif (local := self._local) is not None:
            local.lose(ticket)

    def meters(self, claims: Sequence[Claim]) -> dict[str, Meter]:
        """See `Counters`."""
        local = self._local
        if local is not None and self.away_seconds:
            return local.meters([self._share_of(claim) for claim in claims])
        return self.shared.meters(claims)

    def book(self, claim: Claim, period: str) -> Book:
        """See `Counters`."""
        local = self._local
        if local is not None and self.away_seconds:
            return local.book(claim, period)
        return self.shared.book(claim, period)

    def running(self, claim: Claim) -> int:
        """See `Counters`."""
        local = self._local
        if local is not None and self.away_seconds:
            return local.running(claim)
        return self.shared.running(claim)

    def restore(self, used: Sequence[tuple[Claim, Mapping[str, Book]]]) -> None:
        """See `Counters`."""
        self.shared.restore(used)

    def shut(self) -> None:
        """See `Counters`."""
        self.shared.shut()

    def _answer(
        self, taken: "Future[Ticket | Refused]", claims: Sequence[Claim], now: float,
        tokens: int, nanos: int,
    ) -> None:  # fmt: skip
        try:
            taken.set_result(self._take(claims, now, tokens, nanos))
        except Exception as error:  # noqa: BLE001 - who waits must hear
            taken.set_exception(error)

    def _take(
        self, claims: Sequence[Claim], now: float, tokens: int, nanos: int
    ) -> Ticket | Refused:
        with self._guard:
            if self._local is None:
                self._local = self._last = LocalCounters()
                self._prepared = set()
            local = self._local
            at = periods_of(now)
            shares = [self._share_of(claim) for claim in claims]
            for claim in shares:
                self._prepare(local, claim, at)
        found = local.take(shares, now, tokens, nanos)
        if isinstance(found, Refused):
            return _patient(found, claims)
        return found

    def _prepare(self, local: LocalCounters, claim: Claim, at: Periods) -> None:
        """Book what is not this replica's share as used, once for each period of an outage."""
        for period, name in ((at.day, "day"), (at.month, "month")):
            key = (claim.subject, period)
            if key in self._prepared:
                continue
            self._prepared.add(key)
            known = self.shared.known(claim.subject, period)
            taken = list(known)
            for limit, kind, cap in caps_of(claim.limits):
                if limit.endswith(name):
                    left = max(0, cap - known[kind])
                    taken[kind] = cap - left // self.replicas
            local.restore([(claim, {period: Book(*taken)})])

    def _share_of(self, claim: Claim) -> Claim:
        limits = self._scaled.get(claim.limits)
        if limits is None:
            names = ("requests_per_minute", "tokens_per_minute", "concurrent")
            parts = {
                name: max(1, value // self.replicas)
                for name in names
                if (value := getattr(claim.limits, name)) is not None
            }
            limits = self._scaled[claim.limits] = msgspec.structs.replace(claim.limits, **parts)
        return Claim(claim.subject, limits)


def _patient(refused: Refused, claims: Sequence[Claim]) -> Refused:
    """Let a request that only the share is too small for try again."""
    limits = next(claim.limits for claim in claims if claim.subject == refused.subject)
    lacking = refused.shortage
    whole = getattr(limits, lacking.limit, None)
    if lacking.wait == float("inf") and whole is not None and lacking.asked <= whole:
        again = Shortage(lacking.limit, SLOT_RETRY_SECONDS, lacking.asked, lacking.allowed)
        return Refused(refused.subject, again)
    return refused
