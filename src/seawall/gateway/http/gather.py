"""Let what several providers send gather for a moment, the longer the busier the event loop is."""

import asyncio
import time
from collections.abc import Callable

# How much of a core the loop's thread uses is looked at so often (s).
_LOOK_SECONDS = 0.1
# Of what is held back anyway: below `_BUSY` nothing waits, from `_FULL` on all for so long (s).
_BUSY, _FULL, _LONGEST = 0.1, 0.25, 0.02
# What goes on at once waits only for a loop that would else be late with everything.
_CROWDED, _SHORT = 0.7, 0.01


class Load:
    """The share of a core that a thread used lately. Asked in that thread only."""

    def __init__(self) -> None:
        self._at = self._cpu = self._share = 0.0

    def share(self, now: float) -> float:
        """Return the share (0 to 1) that the last look found; one of 0.1 s ago is made anew.

        `now`: seconds on any clock that only goes forward.
        """
        if now - self._at >= _LOOK_SECONDS:
            cpu = time.thread_time()
            self._share = (cpu - self._cpu) / (now - self._at)
            self._at, self._cpu = now, cpu
        return self._share


class Gather:
    """Tells streams that wait when to read on: all of them at once, so that the loop wakes once."""

    def __init__(self, load: Load | None = None) -> None:
        self._load = load or Load()
        self._waiting: list[Callable[[], None]] = []

    def seconds(self, now: float, *, flows: bool) -> float:
        """Return how long what comes next should gather; 0 where the loop has time for each.

        `flows`: what came last went on to the client.
        """
        share = self._load.share(now)
        if flows:
            return _SHORT if share >= _CROWDED else 0.0
        return 0.0 if share < _BUSY else _LONGEST * min(1.0, share / _FULL)

    def wait(self, seconds: float, resume: Callable[[], None]) -> None:
        """Call `resume` in so many seconds, or sooner: together with whoever waits already."""
        self._waiting.append(resume)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(seconds, self._resume)

    def _resume(self) -> None:
        waiting, self._waiting = self._waiting, []
        for resume in waiting:
            resume()
