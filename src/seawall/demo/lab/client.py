"""A small MCP client around the simulated model: believes every server, pins nothing.

python -m seawall.demo.lab.client http://127.0.0.1:8091/mcp "What can you do?"
"""

import asyncio
import json
import sys
from typing import Any

import aiohttp

from seawall.demo.lab.models import OwnModel, Wanted

_ROUNDS = 4
_SYSTEM = "You are an assistant with the tools of several servers. Use them where they help."
_VERSION = "2025-06-18"
_TIMEOUT = aiohttp.ClientTimeout(total=60)


class Connection:
    """One MCP server. Speaks streamable HTTP with whole answers."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._headers = {"accept": "application/json, text/event-stream"}
        self._number = 0

    async def open(self) -> list[dict[str, Any]]:
        """Introduce the client and return the server's tools."""
        offered = {"protocolVersion": _VERSION, "capabilities": {},
                   "clientInfo": {"name": "lab", "version": "1"}}  # fmt: skip
        await self._ask("initialize", offered)
        await self._post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return list((await self._ask("tools/list", {})).get("tools", ()))

    async def call(self, name: str, arguments: dict[str, Any]) -> str:
        """Return a call's result as text, an error's too."""
        result = await self._ask("tools/call", {"name": name, "arguments": arguments})
        return "\n".join(str(part.get("text", "")) for part in result.get("content", ()))

    async def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        answer = await self._post(
            {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        )
        result = answer.get("result")
        if isinstance(result, dict):
            return result
        return {"content": [{"type": "text", "text": json.dumps(answer.get("error"))}]}

    async def _post(self, message: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(self._url, json=message, headers=self._headers) as answer:
            if name := answer.headers.get("mcp-session-id"):
                self._headers["mcp-session-id"] = name
            raw = await answer.read()
            return json.loads(raw) if raw.strip() else {}


async def answer(servers: list[str], message: str) -> str:
    """Answer a user with the tools of all servers; of two with one name the later one is used.

    A tool that needs no argument is called before anything is said, as agents read an inbox.
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False) as session:
        owners: dict[str, Connection] = {}
        tools: dict[str, dict[str, Any]] = {}
        for url in servers:
            connection = Connection(session, url)
            for tool in await connection.open():
                owners[tool["name"]], tools[tool["name"]] = connection, tool
        history: list[dict[str, Any]] = [
            {"role": "system", "content": _SYSTEM}, {"role": "user", "content": message},
        ]  # fmt: skip
        first = tuple(
            Wanted(id=f"call_{name}", tool=name, arguments="{}")
            for name, tool in tools.items()
            if not tool["inputSchema"].get("properties")
        )
        if first:
            history += await _carried_out(first, "", owners)
        return await _until_words(history, tools, owners)


async def _until_words(
    history: list[dict[str, Any]], tools: dict[str, Any], owners: dict[str, Connection]
) -> str:
    """Ask the model and carry its calls out until it only speaks."""
    model, said = OwnModel(), []
    for _ in range(_ROUNDS):
        reply = await model.answer({"messages": history, "tools": _offered(tools)})
        said.append(reply.text)
        if not reply.calls:
            break
        history += await _carried_out(reply.calls, reply.text, owners)
    return "\n".join(text for text in said if text)


def _offered(tools: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"type": "function", "function": {"name": name, "description": tool.get("description", ""),
                                          "parameters": tool["inputSchema"]}}
        for name, tool in tools.items()
    ]  # fmt: skip


async def _carried_out(
    calls: tuple[Wanted, ...], text: str, owners: dict[str, Connection]
) -> list[dict[str, Any]]:
    made = [
        {"id": call.id, "type": "function",
         "function": {"name": call.tool, "arguments": call.arguments}}
        for call in calls
    ]  # fmt: skip
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "content": text or None, "tool_calls": made}
    ]
    for call in calls:
        owner = owners.get(call.tool)
        result = "There is no such tool."
        if owner is not None:
            result = await owner.call(call.tool, json.loads(call.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return messages


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(answer(sys.argv[1:-1], sys.argv[-1])))
