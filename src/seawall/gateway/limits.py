"""Limits of each function: reserve before the upstream is asked, settle what was really used.

One ledger for everybody: no key and no role is exempt. All checks of one reservation and its
booking happen under one lock, so concurrent requests cannot share the last unit.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from seawall.core.errors import RequestError
from seawall.gateway.prices import cost_of, price
from seawall.gateway.reservations import (
    NANOS,
    Hold,
    LimitError,
    Reservation,
    nanos_of,
    whole_tokens,
)
from seawall.gateway.windows import Window, rate_headers
from seawall.policy.model import Limits, Policy
from seawall.store.spend import Charge

__all__ = ["LimitError", "Limiter", "Reservation", "cost_of", "price", "utc_day"]

# What a slot that frees at an unknown time is worth telling a client.
SLOT_RETRY_SECONDS = 1.0


class _Day(msgspec.Struct):
    """Billionths of the currency on one UTC day."""

    spent: int = 0
    reserved: int = 0


class _Account:
    """One function's counters."""

    def __init__(self, limits: Limits) -> None:
        rpm, tpm = limits.requests_per_minute, limits.tokens_per_minute
        self.requests = None if rpm is None else Window(rpm)
        self.tokens = None if tpm is None else Window(tpm)
        self.cap = None if limits.cost_per_day is None else round(limits.cost_per_day * NANOS)
        self.concurrent = limits.concurrent
        self.running = 0
        self.days: dict[str, _Day] = {}

    def day(self, name: str) -> _Day:
        """Return the day's ledger; earlier days that are settled are dropped."""
        if name not in self.days:
            self.days = {key: day for key, day in self.days.items() if day.reserved or key > name}
            self.days[name] = _Day()
        return self.days[name]


class Limiter:
    """The limits of every function of a policy. Safe to share between threads and tasks.

    `clock` returns Unix seconds; it may jump back, time in here never does. `spent` is what each
    function spent today before this start, in billionths (`store.spend.spent_on`).
    """

    def __init__(
        self,
        policy: Policy,
        clock: Callable[[], float] = time.time,
        spent: Mapping[str, int] | None = None,
    ) -> None:
        self._control = policy.limits_control
        self._currency = policy.currency
        self._clock = clock
        self._latest = -math.inf
        self._mutex = threading.Lock()
        self._lost: deque[Hold] = deque()
        self._accounts = {name: _Account(f.limits) for name, f in policy.functions.items()}
        for function, nanos in (spent or {}).items():
            if function in self._accounts:
                self._accounts[function].day(utc_day(self._now())).spent = nanos

    def reserve(self, function: str, tokens: int, cost: float) -> Reservation:
        """Hold room for one request of at most `tokens` tokens and `cost` (policy's currency).

        Raises LimitError, or RequestError 403 for a function the policy does not name.
        """
        amount, nanos = whole_tokens(tokens), nanos_of(cost)
        with self._mutex:
            account = self._account(function)
            self._collect_lost()
            now = self._now()
            self._check(account, function, now, amount, nanos)
            if account.requests is not None:
                account.requests.add(now, 1)
            entry = None if account.tokens is None else account.tokens.add(now, amount)
            day = utc_day(now)
            account.day(day).reserved += nanos
            account.running += 1
            return Reservation(self, Hold(function, day, amount, nanos, entry))

    def spent(self, function: str) -> float:
        """Return what a function spent today (UTC), settled requests only."""
        with self._mutex:
            self._collect_lost()
            return self._account(function).day(utc_day(self._now())).spent / NANOS

    def running(self, function: str) -> int:
        """Return how many reservations of a function are open."""
        with self._mutex:
            self._collect_lost()
            return self._account(function).running

    def headers(self, function: str) -> dict[str, str]:
        """Return `x-ratelimit-*` (as OpenAI names them) and `ratelimit*` (IETF draft) headers."""
        with self._mutex:
            account, now = self._account(function), self._now()
            windows = {"requests": account.requests, "tokens": account.tokens}
            return rate_headers({name: w for name, w in windows.items() if w is not None}, now)

    def _account(self, function: str) -> _Account:
        account = self._accounts.get(function)
        if account is None:
            raise RequestError(
                f"The policy has no function {function!r}.",
                code="unknown_function",
                status=403,
                hint="Create a key for a function that the policy names.",
            )
        return account

    def _now(self) -> float:
        self._latest = max(self._latest, self._clock())
        return self._latest

    def _check(self, account: _Account, function: str, now: float, tokens: int, nanos: int) -> None:
        if account.requests is not None:
            self._check_window(account.requests, "requests_per_minute", function, now, 1)
        if account.tokens is not None:
            self._check_window(account.tokens, "tokens_per_minute", function, now, tokens)
        if account.cap is not None:
            self._check_cost(account, account.cap, function, now, nanos)
        if account.concurrent is not None and account.running >= account.concurrent:
            raise self._refusal(
                f"{function} already has {account.running} requests running.",
                function,
                "concurrent",
                SLOT_RETRY_SECONDS,
            )

    def _check_window(
        self, window: Window, limit: str, function: str, now: float, amount: int
    ) -> None:
        wait = window.wait(now, amount)
        if math.isinf(wait):
            raise self._never(function, limit, f"{amount} against {window.limit}")
        if wait > 0:
            what = limit.replace("_", " ")
            raise self._refusal(
                f"{function} has used its {window.limit} {what}.", function, limit, wait
            )

    def _check_cost(
        self, account: _Account, cap: int, function: str, now: float, nanos: int
    ) -> None:
        if nanos > cap:
            asked = f"{nanos / NANOS:.6f} against {cap / NANOS:.6f} {self._currency}"
            raise self._never(function, "cost_per_day", asked)
        day = account.day(utc_day(now))
        if day.spent + day.reserved + nanos <= cap:
            return
        # Room that is only reserved may come back before midnight.
        spent_out = day.spent + nanos > cap
        raise self._refusal(
            f"{function} has used its cost limit of {cap / NANOS:g} {self._currency} a day.",
            function,
            "cost_per_day",
            until_midnight(now) if spent_out else SLOT_RETRY_SECONDS,
            code="insufficient_quota",
        )

    def _refusal(
        self, message: str, function: str, limit: str, retry_after: float, code: str = ""
    ) -> LimitError:
        return LimitError(
            message,
            control=self._control,
            function=function,
            limit=limit,
            retry_after=retry_after,
            code=code,
            hint=f"Try again in {math.ceil(retry_after)} seconds.",
        )

    def _never(self, function: str, limit: str, numbers: str) -> LimitError:
        return LimitError(
            f"One request is larger than {function}'s {limit.replace('_', ' ')}: {numbers}.",
            control=self._control,
            function=function,
            limit=limit,
            retry_after=0.0,
            code="exceeds_limit",
            status=413,
            hint="Shorten the prompt or lower max_tokens; waiting does not help.",
        )

    def close(self, hold: Hold, tokens: int, nanos: int) -> Charge:
        """Book what a hold used; `Reservation` calls it."""
        with self._mutex:
            return self._close_locked(hold, tokens, nanos)

    def lose(self, hold: Hold) -> None:
        """Take back a hold whose reservation is gone; it is booked at the next call."""
        self._lost.append(hold)

    def _close_locked(self, hold: Hold, tokens: int, nanos: int) -> Charge:
        if hold.charge is not None:
            return hold.charge
        account = self._accounts[hold.function]
        if account.tokens is not None and hold.entry is not None:
            account.tokens.used(self._now())
            account.tokens.change(hold.entry, tokens - hold.tokens)
        # The day of the reservation pays, so that its sum never passes its cap unseen.
        day = account.day(hold.day)
        day.reserved -= hold.nanos
        day.spent += nanos
        account.running -= 1
        hold.open = False
        hold.charge = Charge(day=hold.day, function=hold.function, nanos=nanos)
        return hold.charge

    def _collect_lost(self) -> None:
        while self._lost:
            hold = self._lost.popleft()
            self._close_locked(hold, hold.tokens, hold.nanos)


def utc_day(now: float) -> str:
    """Return the UTC day of Unix seconds as YYYY-MM-DD."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")


def until_midnight(now: float) -> float:
    """Return the seconds from `now` (Unix seconds) to the next UTC midnight."""
    today = datetime.fromtimestamp(now, UTC)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - today).total_seconds()
