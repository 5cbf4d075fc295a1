"""Send one HTTP answer over ASGI, whole or as a stream."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Whole = Callable[[int, Mapping[str, str], bytes], Awaitable[None]]
Start = Callable[[int, Mapping[str, str]], Awaitable[None]]
Write = Callable[[bytes], bool]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Responder:
    """The way back to the client; knows whether an answer has started."""

    def __init__(
        self, send: Send, *, head: bool = False, abort: Callable[[], None] = lambda: None,
        at_once: Whole | None = None, begin: Start | None = None, direct: Write | None = None,
    ) -> None:  # fmt: skip
        self._send = send
        self._direct = direct
        self._streams = False
        self._begin = None if head else begin
        self._whole = at_once
        self._abort = abort
        self._head = head
        self.started = False
        self.finished = False
        # The loop's time of the last write.
        self.written = 0.0

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers."""
        self.started = True
        self.written = asyncio.get_running_loop().time()
        if self._begin is not None and "content-length" not in headers:
            await self._begin(status, headers)
            self._streams = self._direct is not None
            return
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    def now(self, body: bytes) -> bool:
        """Send a piece of the body now; False: nothing was sent, `write` has to wait for it."""
        if not self._streams or self._direct is None or not self._direct(body):
            return False
        self.written = asyncio.get_running_loop().time()
        return True

    async def write(self, body: bytes) -> None:
        """Send a piece of the body."""
        if body and not self.now(body):
            self.written = asyncio.get_running_loop().time()
            await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def finish(self, body: bytes = b"", *, patience: float | None = None) -> None:
        """Send the last piece of the body; who does not take it within `patience` (s) is cut."""
        self.finished = True
        last = {"type": "http.response.body", "body": body, "more_body": False}
        if patience is None:
            await self._send(last)
            return
        try:
            async with asyncio.timeout(patience):
                await self._send(last)
        except TimeoutError:
            self._abort()

    async def whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer, in one piece where the connection can."""
        headers = {**headers, "content-length": str(len(body))}
        body = b"" if self._head else body
        if self._whole is None:
            await self.start(status, headers)
            await self.finish(body)
            return
        self.started = self.finished = True
        await self._whole(status, headers, body)
