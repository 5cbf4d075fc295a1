"""Unix time that never goes back and never stands still."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger("seawall.gateway")
_TOLD_SECONDS = 10.0


class SteadyClock:
    """Seconds of `clock`; where it is set back, they go on as `monotonic` does.

    Whoever counts over time neither opens a budget a second time nor waits until the clock is
    where it was. Safe to share between threads.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._latest, self._at = clock(), monotonic()
        self._ahead = 0.0

    def __call__(self) -> float:
        """Return the time."""
        with self._guard:
            wall, at = self._clock(), self._monotonic()
            if wall < self._latest:
                self._latest += max(0.0, at - self._at)
            self._latest, self._at = max(wall, self._latest), at
            behind = self._latest - wall
            if behind > self._ahead + _TOLD_SECONDS:
                log.warning("the clock was set back by %.0f s; limits go on counting", behind)
            self._ahead = max(self._ahead, behind)
            return self._latest
