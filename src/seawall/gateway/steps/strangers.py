"""Requests that nobody known has sent: so many have a record each, the rest are counted in one."""

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
_TELL_SECONDS = 60.0


class Strangers:
    """Keeps who has no key from filling the disk: the log is never shortened.

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

    def counts(self, call: Call) -> bool:
        """Say whether a request that ends has no record of its own; then it is counted."""
        if call.key is not None:
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
        """Write down what was counted; what cannot be written waits for the next minute."""
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
            self._later()
