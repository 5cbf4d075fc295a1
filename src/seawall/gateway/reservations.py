"""Room held for one request, and the error that refuses it."""

import math
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from seawall.core.errors import InputError, RequestError
from seawall.gateway.accounts import NANOS
from seawall.gateway.counters import Ticket
from seawall.store.spend import Charge, Share


class LimitError(RequestError):
    """A limit refuses the request. `retry_after` is in seconds; 0.0 means waiting never helps."""

    code = "rate_limit_exceeded"
    status = 429

    def __init__(
        self,
        message: str,
        *,
        control: str,
        function: str,
        limit: str,
        retry_after: float,
        code: str = "",
        status: int = 0,
        hint: str = "",
    ) -> None:
        super().__init__(message, code=code, status=status, hint=hint)
        self.control = control
        self.function = function
        self.limit = limit
        self.retry_after = retry_after

    def headers(self) -> dict[str, str]:
        """Return `retry-after` in whole seconds, rounded up; empty when waiting never helps."""
        if self.retry_after <= 0:
            return {}
        return {"retry-after": str(math.ceil(self.retry_after))}


class Hold(msgspec.Struct):
    """What one reservation holds until it is settled or released."""

    function: str
    day: str
    tokens: int
    nanos: int
    ticket: Ticket
    charge: Charge | None = None
    open: bool = True

    def used(self, tokens: int, nanos: int) -> Charge:
        """Return the charge of a request that used so much; its function is always told."""
        kept = [Share(scope=s.scope, name=s.name) for s in self.ticket.kept]
        mine = Share(scope="function", name=self.function)
        shares = tuple(kept if mine in kept else [mine, *kept])
        return Charge(
            day=self.day, function=self.function, nanos=nanos, tokens=tokens, shares=shares
        )


class Books(Protocol):
    """Where a reservation is closed: the limiter that made it."""

    def close(self, hold: Hold, tokens: int, nanos: int) -> Charge:
        """Book `tokens` and `nanos` for a hold; the first call counts."""
        ...

    def lose(self, hold: Hold) -> None:
        """Take back a hold that nobody can close any more. Never waits for a lock."""
        ...


class Reservation:
    """Room that is held for one request. Settle it with what was used, or release it.

    As a context manager it releases when the block raises (cancellation too) and otherwise
    settles what was reserved, unless that was done inside. The first settle or release counts.
    """

    def __init__(self, books: Books, hold: Hold) -> None:
        self._books = books
        self._hold = hold

    @property
    def function(self) -> str:
        """The function it was made for."""
        return self._hold.function

    @property
    def open(self) -> bool:
        """True until it is settled or released."""
        return self._hold.open

    @property
    def closing(self) -> "Future[Any] | None":
        """Ends when a server that counts has heard that it is closed; None where none counts."""
        return self._hold.ticket.closing

    @property
    def held(self) -> Charge:
        """Return the charge if all that is held were used."""
        return self._hold.used(self._hold.tokens, self._hold.nanos)

    def settle(self, tokens: int, cost: float) -> Charge:
        """Book what was used: less frees room, more is charged. Returns the day's charge.

        Give the charge to `AuditLog.append`, so that a restart does not forget it. A later call
        changes nothing and returns what was booked.
        """
        return self._books.close(self._hold, whole_tokens(tokens), nanos_of(cost))

    def release(self) -> Charge:
        """Give everything back but the request itself, which did happen and is charged."""
        return self._books.close(self._hold, 0, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        hold = self._hold
        if hold.open:
            used = (hold.tokens, hold.nanos) if kind is None else (0, 0)
            self._books.close(hold, *used)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def __del__(self) -> None:
        # A lost reservation is booked as used: nobody knows what it cost. No lock in a finaliser.
        if self._hold.open:
            self._books.lose(self._hold)


def whole_tokens(tokens: int) -> int:
    """Check a number of tokens. Raises InputError."""
    if tokens < 0:
        raise InputError(f"A number of tokens cannot be {tokens}.")
    return int(tokens)


def nanos_of(cost: float) -> int:
    """Return a cost in billionths of the currency. Raises InputError."""
    if not math.isfinite(cost) or cost < 0:
        raise InputError(f"A cost cannot be {cost}.")
    return round(cost * NANOS)
