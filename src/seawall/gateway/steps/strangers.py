"""Requests that nobody known has sent: so many have a record each, the rest are counted."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

from seawall.gateway.call import Call
from seawall.store.audit import AuditError, AuditLog
from seawall.store.change import change_record

log = logging.getLogger("seawall.gateway")
A_MINUTE = 600
# A gateway that is killed forgets no more than this; each has room for fifty records of their own.
_TELL_SECONDS = 5.0
# The log tries again about once a second, so a stop waits for a few of its tries.
_LAST_TRIES, _AGAIN_SECONDS = 3, 1.0


class Strangers:
    """Keeps who has no key from filling the disk: records stay for months.

    After a pause `most` requests have a record of their own, then as many a minute. For one event
    loop.
    """

    def __init__(
        self, audit: AuditLog, clock: Callable[[], float] = time.monotonic, most: int = A_MINUTE
    ) -> None:
        self._audit, self._clock, self._most = audit, clock, most
        self._room, self._at = float(most), clock()
        self._codes: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None
        self._closed = False

    def counts(self, call: Call) -> bool:
        """Say whether a request that ends has no record of its own; then it is counted."""
        if call.key is not None or self._closed:
            return False
        now = self._clock()
        self._room = min(self._most, self._room + (now - self._at) * self._most / 60)
        self._at = now
        if self._room >= 1:
            self._room -= 1
            return False
        self._codes[call.code] += 1
        self._later()
        return True

    def _later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TELL_SECONDS, self._due)

    def _due(self) -> None:
        self._telling = asyncio.ensure_future(self.tell())

    async def tell(self) -> None:
        """Write down what was counted; what cannot be written waits for the next time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        codes, self._codes = self._codes, Counter()
        if not codes:
            return
        details = {"requests": codes.total(), **dict(sorted(codes.items()))}
        record = change_record("gateway", "requests.counted", "strangers", details)
        try:
            await self._audit.append(record)
        except AuditError:
            log.warning("refused requests of strangers wait for the audit log")
            self._codes += codes
            if not self._closed:
                self._later()

    async def close(self) -> None:
        """Write down what is still counted; from now on every request has a record of its own."""
        self._closed = True
        if self._telling is not None:
            await asyncio.wait([self._telling])
        for wait in [_AGAIN_SECONDS] * (_LAST_TRIES - 1) + [0.0]:
            await self.tell()
            if not self._codes:
                return
            await asyncio.sleep(wait)
        said = ", ".join(f"{number} {code}" for code, number in sorted(self._codes.items()))
        log.error("refused requests of strangers are on no record: %s", said)
