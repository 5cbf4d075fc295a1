"""Code that few requests need is loaded by the first that does, beside the event loop."""

import asyncio
from importlib import import_module

_ready: set[str] = set()


async def load(name: str) -> None:
    """Load a module, in a thread the first time: that takes a tenth of a second.

    Who comes while another loads it waits in a thread too, not in an import on the event loop.
    """
    if name not in _ready:
        await asyncio.to_thread(import_module, name)
        _ready.add(name)
