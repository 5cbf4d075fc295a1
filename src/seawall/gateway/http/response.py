"""One answer of a provider: status, headers, and the body as it comes."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from seawall.gateway.http.errors import BrokenError, SlowError
from seawall.gateway.http.gather import Gather
from seawall.gateway.http.unpack import Unpacker, unpacker

# Above this many bytes that nobody has read yet, the provider has to wait.
_HIGH = 128 * 1024
# What comes more often than this (s) may gather where nobody waits for the first of it.
_QUICK_SECONDS = 0.04
Take = Callable[[bytes], bool]


class Flow(Protocol):
    """The connection that an answer comes over."""

    def pause(self) -> None:
        """Read no more until `resume`."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def drop(self) -> None:
        """Close the connection at once; the provider sees that nobody waits any more."""
        ...


class Times:
    """Seconds: to the first byte of the answer's head, between two reads, and for everything."""

    __slots__ = ("first", "read", "total")

    def __init__(self, first: float, read: float, total: float) -> None:
        self.first, self.read, self.total = first, read, total


class Response:
    """Filled by its connection, read by one task. Not shared."""

    def __init__(
        self, flow: Flow, loop: asyncio.AbstractEventLoop, times: Times, gather: Gather
    ) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.ended = False
        self._flow, self._loop, self._times, self._gather = flow, loop, times, gather
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._paused = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._take: Take | None = None
        self._unpack: Unpacker | None = None
        self._gathers = self._flows = False
        self._began = self._heard = self._before = loop.time()
        self._at = self._due()
        self._timer = loop.call_at(self._at, self._late)

    async def head(self) -> None:
        """Return when status and headers are there. Raises HttpError."""
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._wait()

    async def piece(self) -> bytes:
        """Return what has come, at least a byte; b"" at the end. Raises HttpError."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.ended:
                return b""
            await self._wait()
        if self._error is not None:
            raise self._error
        return self._taken()

    async def into(self, take: Take) -> bool:
        """Give what comes to `take` until it returns True; return False at the end.

        Where nothing waits, `take` is called as bytes arrive: no task is woken for each piece. It
        must not raise. Raises HttpError.
        """
        while True:
            if self._error is not None:
                raise self._error
            if self._pieces:
                if take(self._taken()):
                    return True
                continue
            if self.ended:
                return False
            self._take = take
            try:
                await self._wait()
                if self._take is None and self._error is None:
                    return True
            finally:
                self._take = None

    def _taken(self) -> bytes:
        piece = self._pieces.popleft() if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            self._heard = self._loop.time()
            self._flow.resume()
        return piece

    async def _wait(self) -> None:
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def close(self) -> None:
        """Be done with it; what was not read to its end costs the connection."""
        self._timer.cancel()
        if not self.ended:
            self.ended = True
            self._error = self._error or BrokenError()
            self._flow.drop()

    def starts(self, status: int, headers: Mapping[str, str]) -> None:
        """Take status and headers; the connection calls it."""
        self._unpack = unpacker(headers.get("content-encoding", ""))
        self.headers, self.status = headers, status
        if (due := self._due()) < self._at:
            self._look_at(due)
        self._wake()

    def passed(self) -> None:
        """Hear from `take` that something of what it took went on to the client."""
        self._flows = True

    def feed(self, data: bytes) -> None:
        """Take a piece of the body; the connection calls it. Raises AnswerError."""
        self._flows = False
        pieces = (data,) if self._unpack is None else self._unpack.feed(data)
        for piece in pieces:
            if self._take is not None:
                if not self._take(piece):
                    if not self._gathers:
                        self._calm()
                    continue
                self._take = None
            else:
                self._pieces.append(piece)
                self._size += len(piece)
        if self._size > _HIGH and not self._paused:
            self._paused = True
            self._flow.pause()
        if self._take is None:
            self._wake()

    def _calm(self) -> None:
        """Let what comes quickly gather where others want the time, most of all what is held."""
        if self._heard - self._before >= _QUICK_SECONDS or self._paused:
            return
        if (seconds := self._gather.seconds(self._heard, flows=self._flows)) > 0:
            self._gathers = True
            self._flow.pause()
            self._gather.wait(seconds, self._gathered)

    def _gathered(self) -> None:
        self._gathers = False
        if not self._paused and not self.ended:
            self._flow.resume()

    def heard(self) -> None:
        """Note that bytes came; the connection calls it."""
        self._before, self._heard = self._heard, self._loop.time()
        if self._unpack is not None:
            self._unpack.next_read()

    def finish(self) -> None:
        """Take the end of the body; the connection calls it."""
        if self._unpack is not None and not self._unpack.complete:
            self.fail(BrokenError())
            return
        self.ended, self._paused = True, False
        self._timer.cancel()
        self._wake()

    def fail(self, error: Exception) -> None:
        """End with an error, unless it has ended."""
        if not self.ended:
            self.ended = True
            self._error = error
            self._timer.cancel()
            self._wake()

    def _due(self) -> float:
        times = self._times
        phase = self._heard + times.read if self.status else self._began + times.first
        return min(phase, self._began + times.total)

    def _look_at(self, due: float) -> None:
        self._timer.cancel()
        self._at = due
        self._timer = self._loop.call_at(due, self._late)

    def _late(self) -> None:
        now = self._loop.time()
        due = self._due()
        if self._paused:  # the provider waits for us, but not for longer than the whole may take
            due = min(max(due, now + self._times.read), self._began + self._times.total)
        if due > now:
            self._look_at(due)
            return
        self.fail(SlowError())
        self._flow.drop()
