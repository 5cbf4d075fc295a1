"""Read a request's body with a size and a time limit."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

from seawall.core.errors import RequestError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
T = TypeVar("T")


class ClientGoneError(Exception):
    """The client closed the connection; nobody is left to answer."""


class FullError(RequestError):
    """Too many large bodies are here already."""

    code = "overloaded"
    status = 503
    retry_after = 2


class Room:
    """Room for the large bodies of requests that run: many of them would fill the memory.

    What is beyond `small` bytes of each counts, until its request ends; one function has half of
    the room at most, so that it cannot keep the others out. For one event loop.
    """

    def __init__(self, most: int, small: int = 1024 * 1024) -> None:
        self._most, self._small = most, small
        self._held: dict[str, int] = {}

    def share(self, receive: Receive, function: Callable[[], str]) -> "Share":
        """Return a request's way to its body. `function` says whose it is once a body comes."""
        return Share(self, receive, function)

    def take(self, function: str, before: int, after: int) -> None:
        """Count a body that grows. Raises FullError."""
        more = max(0, after - self._small) - max(0, before - self._small)
        if not more:
            return
        held = self._held.get(function, 0) + more
        if held > self._most // 2 or sum(self._held.values()) + more > self._most:
            raise FullError("The gateway holds too many large bodies at the moment.",
                            hint="Try again in 2 seconds.")  # fmt: skip
        self._held[function] = held

    def give(self, function: str, size: int) -> None:
        """Give back what a body of `size` bytes had counted."""
        if (left := self._held.get(function, 0) - max(0, size - self._small)) > 0:
            self._held[function] = left
        else:
            self._held.pop(function, None)


class Share:
    """One request's body, counted as it comes."""

    __slots__ = ("_function", "_receive", "_room", "_size", "_whose")

    def __init__(self, room: Room, receive: Receive, function: Callable[[], str]) -> None:
        self._room, self._receive, self._whose = room, receive, function
        self._size, self._function = 0, ""

    async def __call__(self) -> MutableMapping[str, Any]:
        """Return the next ASGI message. Raises FullError."""
        message = await self._receive()
        if body := message.get("body"):
            if not self._size:
                self._function = self._whose()
            self._room.take(self._function, self._size, self._size + len(body))
            self._size += len(body)
        return message

    def end(self) -> None:
        """Give back what the body took."""
        if self._size:
            self._room.give(self._function, self._size)


class Ready:
    """A way to read a body that may have come already: `whole` returns it then, else None."""

    def __init__(self, receive: Receive, whole: Callable[[], bytes | None]) -> None:
        self._receive = receive
        self.whole = whole

    def __call__(self) -> Awaitable[MutableMapping[str, Any]]:
        """Return the next ASGI message."""
        return self._receive()


def _too_large(limit: int) -> RequestError:
    return RequestError(
        f"The body is longer than {limit} bytes.",
        code="body_too_large",
        status=413,
        hint="Send less in one request.",
    )


async def chunks(
    receive: Receive, *, limit: int, seconds: float, discard: int
) -> AsyncGenerator[bytes, None]:
    """Yield the body. Raises RequestError 413 or 408, ClientGoneError.

    A body that is too long is read on (up to `discard` bytes), so that the client sees the answer.
    """
    size = 0
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    more = True
    while more:
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise RequestError(
                f"The body did not arrive within {seconds:g} seconds.",
                code="request_timeout",
                status=408,
            ) from None
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body: bytes = message.get("body", b"")
        size += len(body)
        more = message.get("more_body", False)
        if size <= limit:
            yield body
        elif not more or size > discard:
            raise _too_large(limit)


async def read(receive: Receive, *, limit: int, seconds: float, discard: int) -> bytes:
    """Return the whole body; see `chunks`. One that has come already needs no timer."""
    if isinstance(receive, Ready) and (whole := receive.whole()) is not None:
        if len(whole) > limit:
            raise _too_large(limit)
        return whole
    pieces = [
        piece async for piece in chunks(receive, limit=limit, seconds=seconds, discard=discard)
    ]
    return b"".join(pieces)


async def until_gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_there(receive: Receive, work: Awaitable[T]) -> T:
    """Run `work`; cancel it when the client goes first. Raises ClientGoneError."""
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(until_gone(receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGoneError
    finally:
        watch.cancel()
        task.cancel()
        await asyncio.gather(task, watch, return_exceptions=True)
