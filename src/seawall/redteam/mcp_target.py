"""An MCP server as a target: its tools are called with the attack as an argument."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from seawall.core import yamlfile
from seawall.core.errors import InputError, MissingPartError
from seawall.redteam.openai_target import with_environment
from seawall.redteam.target import Attack, Observation
from seawall.redteam.template_target import fill
from seawall.redteam.turns import converse, holds_any, seen_from_outside

Channel = Literal["document", "tool-result", "memory", "tool-description"]
_LONGEST = 1_000_000


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool and its arguments; texts in them may hold `{prompt}` and `{session}`."""

    tool: str
    arguments: dict[str, Any]


class McpServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which server, and which of its tools an attack goes to.

    `server` is an http(s) address (streamable HTTP) or the words of a command (stdio), started
    with `env`; values of `env` and `headers` may hold `{env:NAME}`. `ask` is called with the
    customer's message. `plant` says, for a channel, which call puts an outsider's text there
    before that: a document, a note, the description of a tool. `blocked` and `refused` are texts
    of the server's own filter and refusal.
    """

    server: str | tuple[str, ...]
    ask: ToolCall
    plant: dict[Channel, ToolCall] = {}
    headers: dict[str, str] = {}
    env: dict[str, str] = {}
    blocked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    seconds: float = 60.0


def read_server(path: Path) -> McpServer:
    """Read a server's description. Raises InputError naming file and line."""
    return yamlfile.load(path, McpServer)


class McpTarget:
    """Calls tools of an MCP server, a session an attack. Use as an async context manager.

    Needs the package `mcp`. Entering lists the tools once: raises InputError where the server does
    not answer or lacks a tool or argument that is named, before anything is sent. What the server
    does inside cannot be seen; an answer that it marks as an error is no refusal.
    """

    def __init__(
        self, server: McpServer, *, model: str = "", facts: dict[str, Any] | None = None
    ) -> None:
        if not server.server:
            raise InputError("The MCP server has neither address nor command.")
        if isinstance(server.server, str) and not server.server.startswith(("http://", "https://")):
            raise InputError(
                f"{server.server!r} is no http address.", hint="A command is a list of words."
            )
        self._server = server
        self._headers = {name: with_environment(text) for name, text in server.headers.items()}
        self._env = {name: with_environment(text) for name, text in server.env.items()}
        outside = seen_from_outside(facts, model)
        self._facts = {**outside, "channels": ("user", *server.plant)}

    def facts(self) -> dict[str, Any]:
        """Return the owner's facts; the channels are the user's and those that can be planted."""
        return self._facts

    async def attempt(self, attack: Attack) -> Observation:
        """Plant the attack's text where it has one, then call the tool with each message."""
        try:
            async with self._session() as client:
                return await self._talk(client, attack)
        # The SDK's tasks put what went wrong into groups of errors.
        except (Exception, ExceptionGroup) as error:  # noqa: BLE001
            return Observation(error=_told(error))

    async def _talk(self, client: Any, attack: Attack) -> Observation:
        if attack.channel != "user":
            plant = self._server.plant[attack.channel]  # type: ignore[index]
            planted = await self._call(client, plant, attack.text, attack.id)
            if planted.error or planted.blocked:
                return planted

        async def turn(history: list[dict[str, str]]) -> Observation:
            return await self._call(client, self._server.ask, history[-1]["content"], attack.id)

        return await converse(attack, turn)

    async def _call(self, client: Any, call: ToolCall, text: str, session: str) -> Observation:
        texts = {"prompt": text, "session": session, "model": ""}
        arguments = fill(call.arguments, texts, [])
        try:
            async with asyncio.timeout(self._server.seconds):
                result = await client.call_tool(call.tool, arguments)
        except TimeoutError:
            return Observation(error=f"No answer within {self._server.seconds:g} s.")
        said = "\n".join(filter(None, (_text(part) for part in result.content)))[:_LONGEST]
        if holds_any(said, self._server.blocked):
            return Observation(blocked=True)
        if result.is_error and not holds_any(said, self._server.refused):
            return Observation(error=f"The tool {call.tool} failed: {said}"[:300])
        return Observation(text=said, refused=holds_any(said, self._server.refused))

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Any]:
        try:
            from mcp import Client, StdioServerParameters
            from mcp.client.streamable_http import streamable_http_client
        except ImportError:
            raise MissingPartError(
                "An MCP server is attacked with the package mcp.", hint="Install mcp, 2.3 or later."
            ) from None
        seconds = self._server.seconds
        if isinstance(self._server.server, tuple):
            program, *words = self._server.server
            started = StdioServerParameters(command=program, args=words, env=self._env or None)
            async with Client(started, read_timeout_seconds=seconds) as client:
                yield client
            return
        import httpx2

        async with httpx2.AsyncClient(headers=self._headers, timeout=seconds) as http:
            transport = streamable_http_client(self._server.server, http_client=http)
            async with Client(transport, read_timeout_seconds=seconds) as client:
                yield client

    async def __aenter__(self) -> Self:
        try:
            async with self._session() as client:
                offered = {one.name: one.input_schema for one in await _listed(client)}
        except MissingPartError:
            raise
        except (Exception, ExceptionGroup) as error:  # noqa: BLE001 - as above
            raise InputError(
                f"The MCP server cannot be attacked: {_told(error)}", hint="Nothing was sent."
            ) from None
        for call in (self._server.ask, *self._server.plant.values()):
            _check(call, offered)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


async def _listed(client: Any) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if not cursor:
            return found


def _check(call: ToolCall, offered: dict[str, dict[str, Any]]) -> None:
    """Raise InputError where the server has no such tool, or the tool no such argument."""
    if call.tool not in offered:
        raise InputError(
            f"The MCP server has no tool {call.tool}.", hint=f"It has: {', '.join(offered)}."
        )
    known = offered[call.tool].get("properties")
    lacking = [name for name in call.arguments if isinstance(known, dict) and name not in known]
    if lacking:
        raise InputError(f"The tool {call.tool} has no argument {lacking[0]}.")


def _text(part: Any) -> str:
    """Return the text of one part of a result, an embedded resource's too."""
    return str(getattr(part, "text", "") or getattr(getattr(part, "resource", None), "text", ""))


def _told(error: BaseException) -> str:
    """Return the first error inside groups, with its kind."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"[:300]
