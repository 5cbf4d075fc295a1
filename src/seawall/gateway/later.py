"""Code that few requests need is loaded by the first that does, beside the event loop."""

import asyncio
import sys
from importlib import import_module


async def load(name: str) -> None:
    """Load a module, in a thread the first time: that takes a tenth of a second."""
    if name not in sys.modules:
        await asyncio.to_thread(import_module, name)
