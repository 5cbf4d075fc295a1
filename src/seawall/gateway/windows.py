"""Rates a minute: an exact sliding window, and GCRA for scopes of which there are many.

The exact window never lets more than `limit` units through in any `seconds` seconds; it guards
organisation and functions. GCRA keeps one number, so thousands of users, keys and sessions cost
nothing; after a pause it lets `limit` units through at once and then goes on at the rate.
"""

import math
from collections import deque
from collections.abc import Mapping
from typing import Protocol

import msgspec

# Additions this close together share one entry, which leaves with its newest: memory stays
# bounded and the limit still holds, at most this share of the window later than it could.
_GRAIN = 1 / 1200
# Rounding must not make a caller who waits exactly as told come too early.
_MARGIN = 1e-6


class Entry(msgspec.Struct):
    """Units counted together; `time` is when they were counted (GCRA: when they are gone)."""

    opened: float
    time: float
    amount: int
    gone: bool = False


class Meter(Protocol):
    """A rate: `limit` units in `seconds` seconds. Not thread-safe; the owner locks."""

    limit: int
    seconds: float

    def used(self, now: float) -> int:
        """Return the units that count at `now`."""
        ...

    def wait(self, now: float, amount: int) -> float:
        """Return the seconds until `amount` more units fit: 0.0 now, infinity never."""
        ...

    def add(self, now: float, amount: int) -> Entry:
        """Count `amount` units at `now` and return their entry, for `change`."""
        ...

    def change(self, now: float, entry: Entry, difference: int) -> None:
        """Correct an entry's units afterwards; what has left already stays as it was."""
        ...

    def reset(self, now: float) -> float:
        """Return the seconds until nothing counts any more."""
        ...


class Window:
    """Counts units over the last `seconds` seconds exactly. Not thread-safe; the owner locks."""

    def __init__(self, limit: int, seconds: float = 60.0) -> None:
        self.limit = limit
        self.seconds = seconds
        self._entries: deque[Entry] = deque()
        self._used = 0

    def used(self, now: float) -> int:
        """Return the units inside the window that ends at `now`."""
        while self._entries and self._entries[0].time + self.seconds <= now:
            entry = self._entries.popleft()
            entry.gone = True
            self._used -= entry.amount
        return self._used

    def wait(self, now: float, amount: int) -> float:
        """Return the seconds until `amount` more units fit: 0.0 now, infinity never."""
        if amount > self.limit:
            return math.inf
        excess = self.used(now) + amount - self.limit
        if excess <= 0:
            return 0.0
        for entry in self._entries:
            excess -= entry.amount
            if excess <= 0:
                return entry.time + self.seconds - now + _MARGIN
        raise AssertionError("a window cannot hold more than its entries")

    def add(self, now: float, amount: int) -> Entry:
        """Count `amount` units at `now` and return their entry, for `change`."""
        self.used(now)
        last = self._entries[-1] if self._entries else None
        if last is None or now - last.opened >= self.seconds * _GRAIN:
            last = Entry(opened=now, time=now, amount=0)
            self._entries.append(last)
        last.time = now
        last.amount += amount
        self._used += amount
        return last

    def change(self, now: float, entry: Entry, difference: int) -> None:
        """Correct an entry's units afterwards; one that has left the window stays as it was."""
        self.used(now)
        if not entry.gone:
            entry.amount += difference
            self._used += difference

    def reset(self, now: float) -> float:
        """Return the seconds until the window is empty."""
        self.used(now)
        return max(0.0, self._entries[-1].time + self.seconds - now) if self._entries else 0.0


class Gcra:
    """The generic cell rate algorithm: one theoretical arrival time. The owner locks."""

    __slots__ = ("_arrival", "limit", "seconds")

    def __init__(self, limit: int, seconds: float = 60.0) -> None:
        self.limit = limit
        self.seconds = seconds
        self._arrival = -math.inf

    def used(self, now: float) -> int:
        """Return the units that have not drained at `now`, rounded up."""
        return math.ceil(max(0.0, self._arrival - now) * self.limit / self.seconds - _MARGIN)

    def wait(self, now: float, amount: int) -> float:
        """Return the seconds until `amount` more units fit: 0.0 now, infinity never."""
        if amount > self.limit:
            return math.inf
        full = max(self._arrival, now) + self._time(amount)
        late = full - now - self.seconds
        return late + _MARGIN if late > _MARGIN else 0.0

    def add(self, now: float, amount: int) -> Entry:
        """Count `amount` units at `now`; the entry's time is when they have drained."""
        self._arrival = max(self._arrival, now) + self._time(amount)
        return Entry(opened=now, time=self._arrival, amount=amount)

    def change(self, now: float, entry: Entry, difference: int) -> None:
        """Correct units afterwards: at most what has not drained yet is given back."""
        if difference >= 0:
            self._arrival = max(self._arrival, now) + self._time(difference)
        else:
            left = max(0.0, entry.time - now)
            self._arrival -= min(self._time(-difference), left)
        entry.amount += difference

    def reset(self, now: float) -> float:
        """Return the seconds until everything has drained."""
        return max(0.0, self._arrival - now)

    def _time(self, amount: int) -> float:
        return amount * self.seconds / self.limit


def rate_headers(meters: Mapping[str, Meter], now: float) -> dict[str, str]:
    """Return `x-ratelimit-*` (as OpenAI names them) and `ratelimit*` (IETF draft) headers.

    `meters`: by name (`requests`, `tokens`, or `requests-user` and so on). The `x-ratelimit-*`
    headers tell of the meter of a kind that has least left.
    """
    tightest: dict[str, tuple[int, int, int]] = {}
    policies, states = [], []
    for name, meter in meters.items():
        left, reset = max(0, meter.limit - meter.used(now)), math.ceil(meter.reset(now))
        policies.append(f'"{name}";q={meter.limit};w={meter.seconds:g}')
        states.append(f'"{name}";r={left};t={reset}')
        kind = name.partition("-")[0]
        if kind not in tightest or left < tightest[kind][0]:
            tightest[kind] = (left, meter.limit, reset)
    if not policies:
        return {}
    headers: dict[str, str] = {}
    for kind, (left, limit, reset) in tightest.items():
        headers[f"x-ratelimit-limit-{kind}"] = str(limit)
        headers[f"x-ratelimit-remaining-{kind}"] = str(left)
        headers[f"x-ratelimit-reset-{kind}"] = f"{reset}s"
    headers["ratelimit-policy"] = ", ".join(policies)
    headers["ratelimit"] = ", ".join(states)
    return headers
