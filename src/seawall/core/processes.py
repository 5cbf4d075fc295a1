"""The end of a child process that was killed."""

import asyncio
from asyncio.subprocess import Process

_SECONDS = 5.0
_CHUNK = 1 << 16


async def gone(process: Process, *, unread: bool = False) -> None:
    """Wait until a killed process is gone, some seconds at most; a child of its own may live on.

    `Process.wait` also waits for the ends of its pipes, and of one that nobody reads there is none
    once it is full. `unread`: nobody reads its output any more; what is left of it is thrown away.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            while unread and process.stdout is not None and await process.stdout.read(_CHUNK):
                pass
            await process.wait()
    except TimeoutError:
        return
