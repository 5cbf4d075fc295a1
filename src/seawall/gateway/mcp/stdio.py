"""The proxy between this process's stdin and stdout and a server that it starts."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO

from seawall.core.errors import InputError, RequestError
from seawall.gateway.mcp.messages import Message
from seawall.gateway.mcp.session import Session
from seawall.wire import strict_json

MAX_LINE = 8 * 1024 * 1024
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


def environment(env: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return what a server may see of the environment: little, and what is named.

    Raises InputError for a name that is not set.
    """
    missing = [name for name in names if name not in env]
    if missing:
        raise InputError(f"These variables are not set: {', '.join(missing)}.")
    return {name: env[name] for name in (*_PASSED, *names) if name in env}


async def serve(session: Session, command: Sequence[str], env: Mapping[str, str]) -> int:
    """Start the server and pass messages on until either side ends; return its exit status.

    Raises InputError when the command cannot be started.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=dict(env),
            limit=MAX_LINE,
        )  # fmt: skip
    except OSError as error:
        raise InputError(f"The server cannot be started: {error.strerror}.") from error
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the child has pipes")
    reader = asyncio.StreamReader(limit=MAX_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    link = Link(session, child.stdin, sys.stdout.buffer)
    ends = [
        asyncio.create_task(link.client(reader)),
        asyncio.create_task(link.server(child.stdout)),
    ]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    child.stdin.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(child.wait(), 5)
    if child.returncode is None:
        child.kill()
        await child.wait()
    for task in ends:
        task.cancel()
    return child.returncode or 0


class Link:
    """Two directions, one writer each; the order of messages stays."""

    def __init__(self, session: Session, child: asyncio.StreamWriter, client: BinaryIO) -> None:
        self._session = session
        self._child = child
        self._client = client

    async def client(self, reader: asyncio.StreamReader) -> None:
        """Pass on what the client says, until it ends."""
        while (message := await _read(reader)) is not None:
            forward, reply = await self._session.from_client(message)
            if forward is not None:
                await self._to_server(forward)
            if reply is not None:
                self._to_client(reply)

    async def server(self, reader: asyncio.StreamReader) -> None:
        """Pass on what the server says, until it ends."""
        while (message := await _read(reader)) is not None:
            forward, reply = await self._session.from_server(message)
            if forward is not None:
                self._to_client(forward)
            if reply is not None:
                await self._to_server(reply)

    async def _to_server(self, message: Message) -> None:
        self._child.write(strict_json.dumps(message) + b"\n")
        with suppress(ConnectionError):
            await self._child.drain()

    def _to_client(self, message: Message) -> None:
        self._client.write(strict_json.dumps(message) + b"\n")
        self._client.flush()


async def _read(reader: asyncio.StreamReader) -> Message | None:
    """Return the next message; None at the end. A line that is no JSON-RPC object is dropped."""
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # longer than the limit: nothing after it can be trusted
            return None
        if not line:
            return None
        with suppress(RequestError):
            value = strict_json.loads(line, max_bytes=MAX_LINE)
            if isinstance(value, dict) and value.get("jsonrpc") == "2.0":
                return value
