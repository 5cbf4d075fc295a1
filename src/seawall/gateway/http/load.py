"""How busy the thread of an event loop is."""

import time

_LOOK_SECONDS = 0.1
_BUSY = 0.1


class Load:
    """Says whether a thread used more than a tenth of a core lately. Asked in that thread only."""

    def __init__(self) -> None:
        self._at = self._cpu = 0.0
        self._busy = False

    def busy(self, now: float) -> bool:
        """Return the judgement of the last look; one that is older than 0.1 s is made anew.

        `now`: seconds on any clock that only goes forward.
        """
        if now - self._at >= _LOOK_SECONDS:
            cpu = time.thread_time()
            self._busy = cpu - self._cpu > _BUSY * (now - self._at)
            self._at, self._cpu = now, cpu
        return self._busy
