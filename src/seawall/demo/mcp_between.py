"""The MCP proxy between a client under attack and our servers: one pair of proxies an attempt."""

import asyncio
import atexit
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import uvicorn

from seawall.gateway.mcp.http import HttpProxy
from seawall.gateway.mcp.session import Session
from seawall.gateway.serve import build_engine
from seawall.gateway.settings import Settings
from seawall.gateway.steps.guard import GuardRunner
from seawall.policy.load import load_policy
from seawall.redteam.mcp_client.target import Between, Way
from seawall.store.db import Store, database_path, open_store
from seawall.store.pins import Pins

_REFUSED = "mcp.refuse"
_STEP = 0.005


class _Noting(Pins):
    """Pins that remember whether a proxy kept something back."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.refused = False

    def note(self, server: str, action: str, target: str, details: dict[str, Any]) -> None:
        self.refused |= action == _REFUSED
        super().note(server, action, target, details)


class _Proxied:
    """The proxies of one attempt, in a store of their own: other attempts' tools are unknown."""

    def __init__(self, runner: GuardRunner, store: Store) -> None:
        self._runner, self._pins = runner, _Noting(store)
        self._open = contextlib.AsyncExitStack()

    async def through(self, url: str, name: str) -> str:
        """Start a proxy for a server and return its address."""
        proxy = HttpProxy(url, Session(name, self._runner, self._pins))
        port = await self._open.enter_async_context(_served(proxy))
        return f"http://127.0.0.1:{port}/mcp"

    def stopped(self) -> bool:
        """Tell whether a call or result was refused, or a tool withheld."""
        return self._pins.refused or any(not pin.open for pin in self._pins.list())

    async def close(self) -> None:
        """Stop the proxies."""
        await self._open.aclose()


@asynccontextmanager
async def _served(proxy: HttpProxy) -> AsyncIterator[int]:
    config = uvicorn.Config(proxy.app(), host="127.0.0.1", port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    # The signals belong to the red team's command.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(_STEP)
        if task.done():
            task.result()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


@cache
def _empty() -> Path:
    """Return an empty database, which each attempt copies: making its tables takes a second."""
    folder = Path(mkdtemp(prefix="seawall-mcp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_store(folder).close()
    return database_path(folder)


def between(policy: Path) -> Between:
    """Return what puts `seawall mcp` proxies with a policy before our servers.

    Raises InputError for a policy that cannot be used.
    """
    loaded = load_policy(policy)
    runner = GuardRunner(build_engine(loaded), loaded, Settings())
    empty = _empty()

    @asynccontextmanager
    async def one() -> AsyncIterator[Way]:
        with TemporaryDirectory(prefix="seawall-mcp-") as folder:
            (Path(folder) / empty.name).write_bytes(empty.read_bytes())
            store = open_store(folder)
            way = _Proxied(runner, store)
            try:
                yield way
            finally:
                await way.close()
                store.close()

    return one
