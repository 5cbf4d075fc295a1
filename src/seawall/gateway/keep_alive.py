"""Comments on a stream that says nothing for a while, so that no proxy takes it for dead."""

import asyncio
from types import TracebackType

from seawall.gateway.responder import Responder

COMMENT = b": keep-alive\n\n"


class keep_alive:  # noqa: N801 - read as a block: `async with keep_alive(...)`
    """Writes a comment whenever nothing was written for `seconds`; 0 writes none.

    Whoever waits for the provider need not know: an event-stream reader skips comments. A stream
    that is never quiet costs a timer and no task.
    """

    def __init__(self, respond: Responder, seconds: float) -> None:
        self._respond, self._seconds = respond, seconds
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._ended = False

    async def __aenter__(self) -> None:
        if self._seconds > 0:
            self._look(self._seconds)

    def _look(self, seconds: float) -> None:
        if self._ended:
            return
        self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        left = self._seconds - (asyncio.get_running_loop().time() - self._respond.written)
        if left > 0:
            self._look(left)
        else:
            self._writing = asyncio.ensure_future(self._comment())

    async def _comment(self) -> None:
        await self._respond.write(COMMENT)
        self._look(self._seconds)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The timer first: while the last comment ends it could begin another, that nobody ends.
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        writing = self._writing
        if writing is not None:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
