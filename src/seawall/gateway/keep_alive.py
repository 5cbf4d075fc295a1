"""Comments on a stream that says nothing for a while, so that no proxy takes it for dead."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from seawall.gateway.responder import Responder

COMMENT = b": keep-alive\n\n"


@contextlib.asynccontextmanager
async def keep_alive(respond: Responder, seconds: float) -> AsyncIterator[None]:
    """Write a comment whenever nothing was written for `seconds`; 0 writes none.

    Whoever waits for the provider need not know: an event-stream reader skips comments.
    """
    if seconds <= 0:
        yield
        return
    task = asyncio.ensure_future(_comment(respond, seconds))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task, return_exceptions=True)


async def _comment(respond: Responder, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    while True:
        quiet = loop.time() - respond.written
        if quiet >= seconds:
            await respond.write(COMMENT)
        else:
            await asyncio.sleep(seconds - quiet)
