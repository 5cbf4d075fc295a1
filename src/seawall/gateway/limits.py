"""Limits of every scope: reserve before the upstream is asked, settle what was really used.

Organisation, function, team, user, key and session are checked and booked in one step, so that
concurrent requests cannot share the last unit. No key and no role is exempt.
"""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future

from seawall.core.errors import RequestError
from seawall.gateway.accounts import NANOS, Shortage, periods_of
from seawall.gateway.books import books_of
from seawall.gateway.counters import Claim, Counters, LocalCounters, Refused, Subject, Ticket
from seawall.gateway.prices import cost_of, price
from seawall.gateway.reservations import (
    Hold,
    LimitError,
    Reservation,
    nanos_of,
    whole_tokens,
)
from seawall.gateway.steady import SteadyClock
from seawall.gateway.windows import rate_headers
from seawall.policy.model import Policy
from seawall.policy.resources import Limits
from seawall.store.spend import Charge, Used

__all__ = ["LimitError", "Limiter", "Reservation", "Who", "cost_of", "price", "utc_day"]

Who = Mapping[str, str]
_INNER = ("team", "user", "key", "session")
_NO_LIMITS = Limits()


class Limiter:
    """The limits of a policy. Safe to share between threads and tasks.

    `clock` returns Unix seconds; it may jump back, time in here never does. `spent` is what each
    function spent today before this start, in billionths (`store.spend.spent_on`); `used` is what
    every limited subject used this month (`store.spend.used_in`).
    """

    def __init__(
        self,
        policy: Policy,
        clock: Callable[[], float] = time.time,
        spent: Mapping[str, int] | None = None,
        *,
        used: Iterable[Used] = (),
        counters: Counters | None = None,
    ) -> None:
        self._control = policy.limits_control
        self._currency = policy.currency
        self._now = clock if isinstance(clock, SteadyClock) else SteadyClock(clock)
        self._counters: Counters = counters or LocalCounters()
        self._functions = {name: f.limits for name, f in policy.functions.items()}
        self._inner = {
            scope: limits
            for scope in _INNER
            if (limits := getattr(policy.limits, scope)) != _NO_LIMITS
        }
        self._organisation = policy.limits.organisation
        self._walls: dict[str, float | None] = {}
        self._limited_organisation = self._organisation != _NO_LIMITS
        self._restore(used, spent or {})

    def reserve(
        self, function: str, tokens: int, cost: float, who: Who | None = None
    ) -> Reservation:
        """Hold room for one request of at most `tokens` tokens and `cost` (policy's currency).

        `who` names team, user, key and session; one that is missing counts as the unnamed one of
        its scope. Raises LimitError, or RequestError 403 for a function the policy does not name.
        """
        amount, nanos = whole_tokens(tokens), nanos_of(cost)
        claims = self._claims(function, who or {})
        return self._held(function, self._counters.take(claims, self._now(), amount, nanos))

    async def hold(
        self, function: str, tokens: int, cost: float, who: Who | None = None
    ) -> Reservation:
        """Like `reserve`; where a server counts, the event loop goes on meanwhile.

        Who is cancelled here holds nothing.
        """
        amount, nanos = whole_tokens(tokens), nanos_of(cost)
        claims, now = self._claims(function, who or {}), self._now()
        waiting = self._counters.begin(claims, now, amount, nanos)
        if waiting is None:
            return self._held(function, self._counters.take(claims, now, amount, nanos))
        try:
            return self._held(function, await asyncio.shield(asyncio.wrap_future(waiting)))
        except asyncio.CancelledError:
            waiting.add_done_callback(self._give_back)
            raise

    def _held(self, function: str, taken: Ticket | Refused) -> Reservation:
        if isinstance(taken, Refused):
            raise self._refusal(function, taken)
        hold = Hold(function, taken.at.day, taken.tokens, taken.nanos, taken)
        return Reservation(self, hold)

    def _give_back(self, taken: "Future[Ticket | Refused]") -> None:
        if taken.exception() is None and isinstance(ticket := taken.result(), Ticket):
            self._counters.close(ticket, self._now(), 0, 0)

    def give_back(self, function: str, who: Who, charge: Charge) -> None:
        """Take a charge with negative amounts out of the books of the day that paid for it."""
        claims = self._claims(function, who)
        self._counters.give(claims, charge.day, -charge.tokens, -charge.nanos)

    @property
    def counters(self) -> Counters:
        """Where it counts: another policy's limits go on there."""
        return self._counters

    @property
    def clock(self) -> SteadyClock:
        """The time that it counts in."""
        return self._now

    @property
    def scopes(self) -> Collection[str]:
        """The scopes inside a function that have limits: only these need a name in `who`."""
        return self._inner.keys()

    def wall_seconds(self, function: str) -> float | None:
        """Return the longest one request of a function may take: the least of its scopes."""
        if function not in self._walls:
            limits = (self._organisation, self._functions[function], *self._inner.values())
            seconds = [x.wall_seconds for x in limits if x.wall_seconds is not None]
            self._walls[function] = min(seconds, default=None)
        return self._walls[function]

    def spent(self, function: str) -> float:
        """Return what a function spent today (UTC), settled requests only."""
        claim = self._function(function)
        return self._counters.book(claim, utc_day(self._now())).nanos / NANOS

    def running(self, function: str) -> int:
        """Return how many reservations of a function are open."""
        return self._counters.running(self._function(function))

    def headers(self, function: str, who: Who | None = None) -> dict[str, str]:
        """Return `x-ratelimit-*` (as OpenAI names them) and `ratelimit*` (IETF draft) headers."""
        meters = self._counters.meters(self._claims(function, who or {}))
        return rate_headers(meters, self._now()) if meters else {}

    def shut(self) -> None:
        """Leave the server that counts, where there is one."""
        self._counters.shut()

    def _claims(self, function: str, who: Who) -> list[Claim]:
        """Return the limited subjects, the widest first. Without limits only the function."""
        claims = [self._function(function)]
        if self._limited_organisation:
            claims.insert(0, Claim(Subject("organisation", ""), self._organisation))
        for scope, limits in self._inner.items():
            claims.append(Claim(Subject(scope, who.get(scope, "")), limits))
        return claims

    def _function(self, function: str) -> Claim:
        limits = self._functions.get(function)
        if limits is None:
            raise RequestError(
                f"The policy has no function {function!r}.",
                code="unknown_function",
                status=403,
                hint="Create a key for a function that the policy names.",
            )
        return Claim(Subject("function", function), limits)

    def _restore(self, used: Iterable[Used], spent: Mapping[str, int]) -> None:
        """Set what was used before this start; scopes without limits are left out."""
        found = books_of(used, spent, periods_of(self._now()))
        limited = [(subject, self._limits_of(subject), books) for subject, books in found.items()]
        self._counters.restore(
            [(Claim(s, limits), books) for s, limits, books in limited if limits is not None]
        )

    def _limits_of(self, subject: Subject) -> Limits | None:
        if subject.scope == "function":
            return self._functions.get(subject.name)
        if subject.scope == "organisation":
            return self._organisation
        return self._inner.get(subject.scope)

    def _refusal(self, function: str, refused: Refused) -> LimitError:
        subject, lacking = refused
        who = _called(subject)
        what = lacking.limit.replace("_", " ")
        if math.isinf(lacking.wait):
            whose = f"the {subject.scope}" if who.startswith("The ") else who
            message = f"One request is larger than {whose}'s {what}: {self._numbers(lacking)}."
            hint = "Shorten the prompt or lower max_tokens; waiting does not help."
            return self._error(function, lacking, message, "exceeds_limit", 413, hint)
        cost = lacking.limit.startswith("cost")
        if lacking.limit == "concurrent":
            message = f"{who} already has {lacking.allowed} requests running."
        elif cost:
            period = lacking.limit.removeprefix("cost_per_")
            cap = lacking.allowed / NANOS
            message = f"{who} has used its cost limit of {cap:g} {self._currency} a {period}."
        else:
            message = f"{who} has used its {lacking.allowed} {what}."
        quota = cost or not lacking.limit.endswith(("minute", "concurrent"))
        hint = f"Try again in {math.ceil(lacking.wait)} seconds."
        code = "insufficient_quota" if quota else ""
        return self._error(function, lacking, message, code, 0, hint)

    def _numbers(self, lacking: Shortage) -> str:
        if lacking.limit.startswith("cost"):
            asked, cap = lacking.asked / NANOS, lacking.allowed / NANOS
            return f"{asked:.6f} against {cap:.6f} {self._currency}"
        return f"{lacking.asked} against {lacking.allowed}"

    def _error(
        self, function: str, lacking: Shortage, message: str, code: str, status: int, hint: str
    ) -> LimitError:
        return LimitError(
            message,
            control=self._control,
            function=function,
            limit=lacking.limit,
            retry_after=0.0 if math.isinf(lacking.wait) else lacking.wait,
            code=code,
            status=status,
            hint=hint,
        )

    def close(self, hold: Hold, tokens: int, nanos: int) -> Charge:
        """Book what a hold used; `Reservation` calls it."""
        if hold.charge is None:
            hold.open = False
            hold.charge = hold.used(tokens, nanos)
            self._counters.close(hold.ticket, self._now(), tokens, nanos)
        return hold.charge

    def lose(self, hold: Hold) -> None:
        """Take back a hold whose reservation is gone; it is booked at the next call."""
        self._counters.lose(hold.ticket)


def _called(subject: Subject) -> str:
    """Return how a refusal names a subject; ids of users, keys and sessions stay out."""
    if subject.scope in ("function", "team") and subject.name:
        return subject.name
    return f"The {subject.scope}"


def utc_day(now: float) -> str:
    """Return the UTC day of Unix seconds as YYYY-MM-DD."""
    return periods_of(now).day
