"""The provider's quota: one token bucket for each API account."""

import time
from collections.abc import Callable

import msgspec


class QuotaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bucket size in tokens and refill in tokens a second. Zero capacity means no quota."""

    capacity: float = 0.0
    refill_per_second: float = 0.0


class Quota:
    """Buckets by account. A request takes its prompt and the answer length it asks for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._settings = QuotaSettings()
        self._level: dict[str, tuple[float, float]] = {}

    def configure(self, settings: QuotaSettings) -> None:
        """Set the size for every account and fill all buckets."""
        self._settings = settings
        self._level.clear()

    def take(self, account: str, tokens: float) -> float:
        """Take tokens; return 0, or the seconds until there are enough (then nothing is taken)."""
        size = self._settings.capacity
        if size <= 0:
            return 0.0
        now = self._clock()
        level, since = self._level.get(account, (size, now))
        level = min(size, level + (now - since) * self._settings.refill_per_second)
        wanted = min(tokens, size)
        if wanted > level:
            self._level[account] = (level, now)
            rate = self._settings.refill_per_second
            return max(0.1, (wanted - level) / rate) if rate > 0 else 60.0
        self._level[account] = (level - wanted, now)
        return 0.0
