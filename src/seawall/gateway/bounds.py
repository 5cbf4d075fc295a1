"""What ends a running request from outside: its time limit, a switch, the gateway's end."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType

from seawall.gateway.call import Call
from seawall.gateway.drain import Drain
from seawall.gateway.limits import Limiter
from seawall.gateway.reservations import LimitError
from seawall.gateway.steps.kill import KillSwitches

LOOK_SECONDS = 0.25
"""How often a running request is held against the kill switches and the drain."""


class Bounds:
    """Makes the bounds of requests; one for the gateway."""

    def __init__(self, limiter: Limiter, kill: KillSwitches, control: str, drain: Drain) -> None:
        self._limiter = limiter
        self._kill = kill
        self._control = control
        self._drain = drain

    def __call__(self, call: Call, *, switches: bool = True) -> "Bound":
        """Return the block (`async with`) in which a request waits for its provider or client.

        It ends with LimitError 504 when the request takes longer than its `wall_seconds`; with
        KilledError 403 when its key, function or model is switched off, or StoppedError 503 at the
        end of a drain, unless `switches` is False: then the answer is whole and on record.
        """
        function = call.key.function if call.key else ""
        seconds = self._limiter.wall_seconds(function)
        left = None if seconds is None else seconds - (time.perf_counter() - call.started)
        look = (lambda: self._look(call)) if switches else None
        return Bound(left, look, self._control, function)

    def _look(self, call: Call) -> None:
        self._drain.check()
        self._kill(call)


class Bound:
    """One block. `seconds`: how long it may take; `look` raises when it must end now.

    One timer does both, and cancels the block's task as `asyncio.timeout` does: two of those would
    cost every request more than what they watch for.
    """

    def __init__(
        self, seconds: float | None, look: Callable[[], None] | None, control: str, function: str
    ) -> None:
        self._seconds, self._look = seconds, look
        self._control, self._function = control, function
        self._timer: asyncio.TimerHandle | None = None
        self._stopped: Exception | None = None

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a bound needs a task")
        self._loop = asyncio.get_running_loop()
        self._task, self._cancelling = task, task.cancelling()
        if self._seconds is not None:
            self._end = self._loop.time() + self._seconds
        self._again()

    def _again(self) -> None:
        """Come back when the next look is due, or the end."""
        left = None if self._seconds is None else max(0.0, self._end - self._loop.time())
        if self._look is not None:
            left = LOOK_SECONDS if left is None else min(left, LOOK_SECONDS)
        self._timer = None if left is None else self._loop.call_later(left, self._due)

    def _due(self) -> None:
        try:
            if self._seconds is not None and self._loop.time() >= self._end:
                raise self._too_long()
            if self._look is not None:
                self._look()
        except Exception as error:  # noqa: BLE001 - nobody knows what is switched off: it ends
            self._stopped = error
            self._task.cancel()
        else:
            self._again()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._stopped is None:
            return
        # Who else cancels the task is heard all the same.
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._stopped from None

    def _too_long(self) -> LimitError:
        return LimitError(
            "The request took longer than its limits allow.",
            control=self._control, function=self._function, limit="wall_seconds",
            retry_after=0.0, code="time_limit_exceeded", status=504,
            hint="Ask for less at once; the operator sets wall_seconds.",
        )  # fmt: skip
