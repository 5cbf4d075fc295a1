"""The proxy between this process's stdin and stdout and a server that it starts."""

import asyncio
import os
import stat
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, BinaryIO

from seawall.core.errors import InputError, MissingPartError, RequestError
from seawall.core.processes import gone
from seawall.gateway.mcp import messages
from seawall.gateway.mcp.messages import Message
from seawall.gateway.mcp.session import Session
from seawall.wire import strict_json

MAX_LINE = 8 * 1024 * 1024
END_SECONDS = 5.0
_LEFT_SECONDS = 0.2
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


def environment(env: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return what a server may see of the environment: little, and what is named.

    Raises InputError for a name that is not set.
    """
    missing = [name for name in names if name not in env]
    if missing:
        raise InputError(f"These variables are not set: {', '.join(missing)}.")
    return {name: env[name] for name in (*_PASSED, *names) if name in env}


async def serve(session: Session, command: Sequence[str], env: Mapping[str, str]) -> None:
    """Start the server and pass messages on until either side ends.

    Raises InputError when the command cannot be started, MissingPartError when the server ends
    first, fails at the end, or leaves requests open: each of those was answered with an error.
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
    reader = await _stdin()
    link = Link(session, child.stdin, sys.stdout.buffer)
    client = asyncio.create_task(link.client(reader))
    server = asyncio.create_task(link.server(child.stdout))
    await asyncio.wait((client, server), return_when=asyncio.FIRST_COMPLETED)
    server_first = server.done() and not client.done()
    child.stdin.close()
    exited = asyncio.create_task(child.wait())
    await asyncio.wait((server, exited), timeout=END_SECONDS)
    status = child.returncode
    if status is None:
        child.kill()
        await gone(child)
    for task in (client, server, exited):
        task.cancel()
    ends = await asyncio.gather(client, server, return_exceptions=True)
    left = await link.refuse_open(reader)
    _raise_first(ends)
    if server_first or status or left:
        raise _failed(status, left)


def _raise_first(ends: Sequence[object]) -> None:
    """Raise what ended a direction, but for a client that is gone."""
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, BrokenPipeError):
            raise end


def _failed(status: int | None, left: int) -> MissingPartError:
    if status is None:
        how = f"closed its output, sent a line of more than {MAX_LINE} bytes, or did not end"
    elif status < 0:
        how = f"was ended by signal {-status}"
    else:
        how = f"ended with status {status}"
    return MissingPartError(
        f"The MCP server {how}; open requests answered with an error: {left}.",
        hint="What it wrote itself, if anything, stands above.",
    )


async def _stdin() -> asyncio.StreamReader:
    """Return this process's stdin: a pipe, a terminal, a file, a device, or nothing at all."""
    reader = asyncio.StreamReader(limit=MAX_LINE)
    if sys.stdin is None:
        reader.feed_eof()
        return reader
    source: IO[Any] = sys.stdin
    mode = os.fstat(source.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        # An event loop can wait for pipes and sockets only, so a thread brings the rest.
        outer, inner = os.pipe()
        source = os.fdopen(outer, "rb", buffering=0)
        copying = threading.Thread(target=_copy, args=(sys.stdin.fileno(), inner), daemon=True)
        copying.start()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    return reader


def _copy(source: int, target: int) -> None:
    """Copy until the source ends or nobody reads any more, then close the target."""
    with suppress(BrokenPipeError), open(target, "wb", buffering=0) as pipe:
        while block := os.read(source, 65_536):
            held = memoryview(block)
            while held:
                held = held[pipe.write(held) :]


class Link:
    """Two directions, one writer each; the order of messages stays."""

    def __init__(self, session: Session, child: asyncio.StreamWriter, client: BinaryIO) -> None:
        self._session = session
        self._child = child
        self._client = client
        self._open: list[tuple[str, Any]] = []  # requests of the client, by type and value of id

    async def client(self, reader: asyncio.StreamReader) -> None:
        """Pass on what the client says, until it ends."""
        while (message := await _read(reader)) is not None:
            self._note(message)
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

    async def refuse_open(self, reader: asyncio.StreamReader) -> int:
        """Answer every request that is open, or waits to be read; return how many there were."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEFT_SECONDS):
                while (message := await _read(reader)) is not None:
                    self._note(message)
        left = [message_id for _, message_id in self._open]
        text = "The MCP server ended before it answered."
        with suppress(BrokenPipeError):
            for message_id in left:
                self._to_client(messages.error(message_id, text, messages.INTERNAL))
        return len(left)

    def _note(self, message: Message) -> None:
        message_id = message.get("id")
        if (gone := messages.cancelled(message)) is not None and gone in self._open:
            self._open.remove(gone)  # who cancels waits for no answer
        if "method" in message and message_id is not None:
            self._open.append((type(message_id).__name__, message_id))

    async def _to_server(self, message: Message) -> None:
        self._child.write(strict_json.dumps(message) + b"\n")
        with suppress(ConnectionError):
            await self._child.drain()

    def _to_client(self, message: Message) -> None:
        one = (type(message.get("id")).__name__, message.get("id"))
        if "method" not in message and one in self._open:
            self._open.remove(one)
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
