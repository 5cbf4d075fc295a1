"""Read a request's body with a size and a time limit."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

from seawall.core.errors import RequestError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
T = TypeVar("T")


class ClientGoneError(Exception):
    """The client closed the connection; nobody is left to answer."""


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
