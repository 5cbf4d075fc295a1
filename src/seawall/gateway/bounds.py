"""What ends a running request from outside: its time limit, and an operator's switch."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType

from seawall.gateway.call import Call
from seawall.gateway.limits import Limiter
from seawall.gateway.reservations import LimitError
from seawall.gateway.steps.kill import KillSwitches

LOOK_SECONDS = 0.25
"""How often a running request is held against the kill switches."""


class Bounds:
    """Makes the bounds of requests; one for the gateway."""

    def __init__(self, limiter: Limiter, kill: KillSwitches, control: str) -> None:
        self._limiter = limiter
        self._kill = kill
        self._control = control

    def __call__(self, call: Call, *, switches: bool = True) -> "Bound":
        """Return the block (`async with`) in which a request waits for its provider or client.

        It ends with LimitError 504 when the request takes longer than its `wall_seconds`, and
        with KilledError 403 when its key, function or model is switched off, unless `switches` is
        False: then the answer is whole, and its record written.
        """
        function = call.key.function if call.key else ""
        seconds = self._limiter.wall_seconds(function)
        left = None if seconds is None else seconds - (time.perf_counter() - call.started)
        look = (lambda: self._kill(call)) if switches else None
        return Bound(left, look, self._control, function)


class Bound:
    """One block. `seconds`: how long it may take; `look` raises when it must end now."""

    def __init__(
        self, seconds: float | None, look: Callable[[], None] | None, control: str, function: str
    ) -> None:
        self._look = look
        self._control, self._function = control, function
        self._limit = asyncio.timeout(seconds)
        self._timer: asyncio.TimerHandle | None = None
        self._stopped: Exception | None = None

    async def __aenter__(self) -> None:
        self._loop = loop = asyncio.get_running_loop()
        await self._limit.__aenter__()
        if self._look is not None:
            self._timer = loop.call_later(LOOK_SECONDS, self._again, self._look)

    def _again(self, look: Callable[[], None]) -> None:
        try:
            look()
        except Exception as error:  # noqa: BLE001 - nobody knows what is switched off: it ends
            if not self._limit.expired():
                self._stopped = error
                self._limit.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._again, look)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._stopped or self._too_long() from None

    def _too_long(self) -> LimitError:
        return LimitError(
            "The request took longer than its limits allow.",
            control=self._control, function=self._function, limit="wall_seconds",
            retry_after=0.0, code="time_limit_exceeded", status=504,
            hint="Ask for less at once; the operator sets wall_seconds.",
        )  # fmt: skip
