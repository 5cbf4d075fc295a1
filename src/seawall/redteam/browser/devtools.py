"""A headless Chromium of this machine, driven by its DevTools protocol over a pipe."""

import asyncio
import itertools
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import msgspec

from seawall.core import chromium
from seawall.core.errors import MissingPartError, UpstreamError
from seawall.core.processes import gone

_FLAGS = (
    "--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-background-timer-throttling", "--disable-dev-shm-usage",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
)  # fmt: skip
# Chromium reads commands from descriptor 3 and answers on 4; its own words go nowhere.
_SHELL = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1'
_LONGEST = 64_000_000
_SECONDS = 60.0

# What the browser says of a command to a page that gave way to its next one meanwhile.
_GAVE_WAY = ("target navigated or closed", "context was destroyed", "Cannot find context")

Event = Callable[[str, dict[str, Any]], None]


class NavigatedError(UpstreamError):
    """The page went to another address while a command ran: nobody knows how far it came."""


class Browser:
    """A browser with a fresh profile. Use as an async context manager.

    No port is opened: nobody else can drive it, and it ends when this process does. Only names in
    `hosts` resolve, so what an attack makes a page fetch from elsewhere is seen, not sent. Raises
    MissingPartError where no Chromium is found or it does not start.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        kept = "".join(f", EXCLUDE {host}" for host in hosts)
        self._rules = f"--host-resolver-rules=MAP * ~NOTFOUND{kept}"
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: defaultdict[str, list[Event]] = defaultdict(list)
        self._home = tempfile.TemporaryDirectory(prefix="seawall-page-", ignore_cleanup_errors=True)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._broken = False

    async def send(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        session: str = "",
        *,
        within: float = _SECONDS,
    ) -> dict[str, Any]:
        """Send a command and return its result.

        Raises UpstreamError when the browser refuses it, is gone, or says nothing `within` so many
        seconds; NavigatedError when the page gave way to its next one.
        """
        process = self._process
        if process is None or process.stdin is None or self._broken:
            raise UpstreamError("The browser is not running.")
        number = next(self._numbers)
        command: dict[str, Any] = {"id": number, "method": method, "params": params or {}}
        if session:
            command["sessionId"] = session
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            process.stdin.write(msgspec.json.encode(command) + b"\0")
            async with asyncio.timeout(within):
                await process.stdin.drain()
                answer = await waiting
        except TimeoutError:
            raise UpstreamError(f"The browser did not answer {method}.") from None
        except ConnectionError:
            raise UpstreamError("The browser ended.") from None
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            said = str(answer["error"].get("message", ""))[:200]
            kind = NavigatedError if any(one in said for one in _GAVE_WAY) else UpstreamError
            raise kind(f"The browser refused {method}: {said}")
        return dict(answer.get("result") or {})

    def listen(self, session: str, event: Event) -> None:
        """Have `event(method, params)` called for everything that happens in a session."""
        self._listeners[session].append(event)

    def forget(self, session: str) -> None:
        """Stop telling of a session."""
        self._listeners.pop(session, None)

    async def __aenter__(self) -> Self:
        program = chromium.find("A page is attacked through Chromium.")
        # Chromium's sandbox refuses to start for root.
        alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
        words = (program, *_FLAGS, *alone, self._rules, f"--user-data-dir={self._home.name}")
        self._process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", _SHELL, "sh", *words, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, limit=_LONGEST,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())
        try:
            await self.send("Browser.getVersion")
        except UpstreamError as error:
            await self._end()
            raise MissingPartError(
                f"{program} did not start: {error.message}",
                hint=f"Set {chromium.BROWSER_ENV} to a Chromium that starts with --headless.",
            ) from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(UpstreamError):
            await self.send("Browser.close")
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is not None:
            try:
                async with asyncio.timeout(5):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await gone(process)
            if process.stdin is not None:
                process.stdin.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        self._home.cleanup()

    async def _read(self) -> None:
        """Hand answers to who waits for them and events to who listens, until the browser ends."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            while True:
                self._take((await self._process.stdout.readuntil(b"\0"))[:-1])
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, msgspec.DecodeError):
            self._broken = True
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result({"error": {"message": "The browser ended."}})

    def _take(self, data: bytes) -> None:
        message = msgspec.json.decode(data)
        waiting = self._waiting.get(message.get("id", 0))
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        elif "method" in message:
            for event in self._listeners.get(message.get("sessionId", ""), ()):
                event(message["method"], message.get("params") or {})
