"""Keeps what the data plane must know of a shared database fresh, outside the event loop."""

import asyncio
import threading
from collections.abc import Mapping

from seawall.store.keys import KeyCache
from seawall.store.kills import KillCache


class Fresh:
    """Reads keys before they are looked up, and kill switches all the time.

    `shared`: False where the store is a file: then both caches read it themselves.
    """

    def __init__(self, keys: KeyCache, kills: KillCache, *, shared: bool) -> None:
        self._keys = keys
        self._kills = kills
        self._shared = shared
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        if shared:
            kills.renew()
            self._thread = threading.Thread(target=self._work, name="kill-switches", daemon=True)
            self._thread.start()

    async def __call__(self, headers: Mapping[str, str]) -> None:
        """Read the key that a request presents, unless that was done a moment ago."""
        if not self._shared:
            return
        presented = headers.get("authorization", "").partition(" ")[2].strip()
        presented = presented or headers.get("x-api-key", "").strip()
        if not self._keys.fresh(presented):
            await asyncio.to_thread(self._keys.fetch, presented)

    def close(self) -> None:
        """End the thread."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._end.wait(self._kills.ttl):
            self._kills.renew()
