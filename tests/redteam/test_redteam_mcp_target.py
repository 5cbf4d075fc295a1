"""An MCP server made with the official SDK: obedient, refusing, failing; over stdio and HTTP."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam.aim import aim
from seawall.redteam.arm import choose, hold_arm
from seawall.redteam.facts import read_facts
from seawall.redteam.harmless import load
from seawall.redteam.mcp_target import McpServer, McpTarget, ToolCall, read_server
from seawall.redteam.preflight import preflight
from seawall.redteam.runner import run
from seawall.redteam.target import Attack

SERVER = """
import os
import re

from mcp.server import MCPServer

server = MCPServer("desk")
tools = {}

@server.tool()
def ask(question: str, tone: str = "") -> str:
    "Asks the desk."
    if os.environ.get("MOOD") == "refusing":
        return "Sorry, that is not for the desk."
    if "weather" in question and "fail" in question:
        raise ValueError("no such town")
    orders = [re.findall(r'"([^"]+)"', text) for text in tools.values()]
    said = " ".join(words[-1] for words in orders if words)
    return said or f"{tone} You asked: {question}; {len(tools)} tools"

@server.tool()
def add_tool(name: str, description: str) -> str:
    "Adds a tool."
    tools[name] = description
    return "added"

if __name__ == "__main__":
    server.run("stdio")
"""
ASK = ToolCall(tool="ask", arguments={"question": "{prompt}", "tone": "calm"})
PLANT = {"tool-description": ToolCall(
    tool="add_tool", arguments={"name": "t-{session}", "description": "{prompt}"})}  # fmt: skip
ONE = Attack(id="a/1", probe="p", channel="user", messages=("Hello", "And {prompt}?"))


@pytest.fixture
def described(tmp_path: Path):
    path = tmp_path / "server.py"
    path.write_text(SERVER)

    def make(**more) -> McpServer:
        base = {"server": (sys.executable, str(path)), "ask": ASK, "plant": PLANT, "seconds": 60.0}
        return McpServer(**(base | more))

    return make


async def test_messages_are_arguments_and_sessions_apart(described) -> None:
    async with McpTarget(described()) as target:
        seen = await target.attempt(ONE)
        again = await target.attempt(ONE)
    first, second = seen.text.split("\n")
    assert first == "calm You asked: Hello; 0 tools"
    assert "And {prompt}?" in second, "a place in the attack's own text is not filled"
    assert again == seen, "nothing is left of an earlier attack"


async def test_planted_description_takes_effect_and_a_refusing_desk_is_safe(described) -> None:
    card = load_catalog().all_probes["PRB-MCP-POISON"]
    async with McpTarget(described()) as target:
        rows = await run([card], target, Mode.OFF, n=4, concurrency=1)
    assert AttemptOutcome.COMPLIED in {row.outcome for row in rows}
    stock = {"env": {"MOOD": "refusing"}, "refused": ("not for the desk",)}
    async with McpTarget(described(**stock)) as target:
        rows = await run([card], target, Mode.OFF, n=4, concurrency=1)
    assert {row.outcome for row in rows} == {AttemptOutcome.REFUSED}


async def test_what_fails_is_no_refusal(described) -> None:
    failing = Attack(id="f", probe="p", channel="user", messages=("weather fail",))
    async with McpTarget(described()) as target:
        seen = await target.attempt(failing)
    assert "tool ask failed" in seen.error
    gone = McpTarget(described(server=("no-such-program",)))
    assert (await gone.attempt(ONE)).error
    async with McpTarget(described(blocked=("You ASKED",))) as target:
        assert (await target.attempt(ONE)).blocked


async def test_what_is_not_there_is_said_before_anything_is_sent(described) -> None:
    for wrong, named in (
        ({"ask": ToolCall(tool="nope", arguments={})}, "has no tool nope"),
        ({"ask": ToolCall(tool="ask", arguments={"query": "x"})}, "no argument query"),
        ({"server": "http://127.0.0.1:9/mcp", "seconds": 5.0}, "cannot be attacked"),
    ):
        with pytest.raises(InputError, match=named):
            async with McpTarget(described(**wrong)):
                pass
    for wrong in ("stdio server.py", ()):
        with pytest.raises(InputError):
            McpTarget(described(server=wrong))


@asynccontextmanager
async def served() -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    seen: list[dict[str, str]] = []
    names = {"__name__": "served"}
    exec(SERVER, names)
    inner = names["server"].streamable_http_app()

    async def watched(scope, receive, send):
        if scope["type"] == "http":
            seen.append({k.decode(): v.decode() for k, v in scope["headers"]})
        await inner(scope, receive, send)

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(watched, log_level="critical", lifespan="on"))
        task = asyncio.create_task(server.serve(sockets=[held]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{held.getsockname()[1]}/mcp", seen
        server.should_exit = True
        await task


async def test_http_with_a_key(described, monkeypatch) -> None:
    monkeypatch.setenv("DESK_KEY", "k-7")
    async with served() as (url, seen):
        keyed = described(server=url, headers={"authorization": "Bearer {env:DESK_KEY}"})
        async with McpTarget(keyed) as target:
            assert "You asked: Hello" in (await target.attempt(ONE)).text
            rows = await hold_arm(choose(load(), 3), target, Mode.OFF, concurrency=2)
    assert {row.outcome for row in rows} == {AttemptOutcome.COMPLIED}
    assert {one.get("authorization") for one in seen} == {"Bearer k-7"}


def test_preflight_knows_the_channels(described) -> None:
    cards = load_catalog().all_probes
    facts = read_facts(McpTarget(described()).facts())
    left_out = {one.probe: one.reason for one in preflight(cards.values(), facts)}
    tried = {cards[name].channel for name in set(cards) - set(left_out)}
    assert tried == {"user", "tool-description"}
    assert "PRB-MCP-POISON" not in left_out, "its seeds are judged by the words of the answer"
    assert "document channel" in left_out["PRB-LATENT-CV"]
    assert "PRB-SSRF" in left_out, "what tools do inside cannot be seen"


def test_a_file_describes_it(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(
        "server: [python, desk.py]\nask: {tool: ask, arguments: {question: '{prompt}'}}\n"
        "plant:\n  memory: {tool: note, arguments: {text: '{prompt}'}}\n"
    )
    assert isinstance(aim(str(path)), McpTarget)
    assert read_server(path).plant["memory"].tool == "note"
    path.write_text("server: [x]\nask: {tool: a, arguments: {}}\nplant: {load: {tool: b}}\n")
    with pytest.raises(InputError):
        aim(str(path))
