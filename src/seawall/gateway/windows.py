"""An exact sliding window: never more than `limit` units in any `seconds` seconds.

A token bucket or GCRA with a full burst lets twice the limit through in one window; this does not.
"""

import math
from collections import deque
from collections.abc import Mapping

import msgspec

# Additions this close together share one entry, which leaves with its newest: memory stays
# bounded and the limit still holds, at most this share of the window later than it could.
_GRAIN = 1 / 1200
# Rounding must not make a caller who waits exactly as told come too early.
_MARGIN = 1e-6


class Entry(msgspec.Struct):
    """Units that leave the window together, `seconds` after `time`."""

    opened: float
    time: float
    amount: int
    gone: bool = False


class Window:
    """Counts units over the last `seconds` seconds. Not thread-safe; the owner locks."""

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

    def change(self, entry: Entry, difference: int) -> None:
        """Correct an entry's units afterwards; one that has left the window stays as it was."""
        if not entry.gone:
            entry.amount += difference
            self._used += difference

    def reset(self, now: float) -> float:
        """Return the seconds until the window is empty."""
        self.used(now)
        return max(0.0, self._entries[-1].time + self.seconds - now) if self._entries else 0.0


def rate_headers(windows: Mapping[str, Window], now: float) -> dict[str, str]:
    """Return `x-ratelimit-*` (as OpenAI names them) and `ratelimit*` (IETF draft) headers."""
    headers: dict[str, str] = {}
    policies, states = [], []
    for name, window in windows.items():
        left, reset = max(0, window.limit - window.used(now)), window.reset(now)
        headers[f"x-ratelimit-limit-{name}"] = str(window.limit)
        headers[f"x-ratelimit-remaining-{name}"] = str(left)
        headers[f"x-ratelimit-reset-{name}"] = f"{math.ceil(reset)}s"
        policies.append(f'"{name}";q={window.limit};w={window.seconds:g}')
        states.append(f'"{name}";r={left};t={math.ceil(reset)}')
    if policies:
        headers["ratelimit-policy"] = ", ".join(policies)
        headers["ratelimit"] = ", ".join(states)
    return headers
