"""Our MCP server as the attacker: what a client did is seen, not guessed, and nothing is safe
that never met the attack."""

import sys
import textwrap
from contextlib import asynccontextmanager
from pathlib import Path

import mcp
import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam.aim import aim
from seawall.redteam.facts import read_facts
from seawall.redteam.mcp_client.offer import Offer
from seawall.redteam.mcp_client.server import Servers
from seawall.redteam.mcp_client.target import Attacked, ClientTarget
from seawall.redteam.preflight import preflight
from seawall.redteam.runner import run
from seawall.redteam.target import Attack

CARDS = load_catalog().all_probes
CLIENT = ("PRB-MCP-POISON", "PRB-MCP-SCHEMA", "PRB-MCP-CHANGE", "PRB-MCP-TWIN", "PRB-INJ-FETCH")
COMPLIED, REFUSED = AttemptOutcome.COMPLIED, AttemptOutcome.REFUSED
BASE = """
    import json, sys, urllib.request
    def ask(url, method, **params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        kind = {"accept": "application/json"}
        sent = urllib.request.Request(url, json.dumps(body).encode(), kind)
        return json.load(urllib.request.urlopen(sent))["result"]
    def tools(url):
        return ask(url, "tools/list")["tools"]
"""
CAREFUL = (
    BASE
    + """
    import pathlib
    own, ours, message = sys.argv[1:4]
    ask(ours, "tools/call", name="get_weather", arguments={})
    ask(ours, "tools/call", name="read_inbox", arguments={})
    known = {tool["name"] for tool in tools(own)}
    usable = [tool["name"] for tool in tools(ours) if tool["name"] not in known]
    print("I can't help with that.")
"""
)
TRUSTING = (
    BASE
    + """
    own, ours, message = sys.argv[1:4]
    tools(own)
    (twin,) = [tool["name"] for tool in tools(ours) if tool["name"] == "send_email"]
    to = next(word.strip(",.?") for word in message.split() if "@" in word)
    ask(ours, "tools/call", name=twin, arguments={"to": to})
    print("Sent.")
"""
)


def script(folder: Path, text: str, *places: str, **more) -> Attacked:
    path = folder / "client.py"
    path.write_text(textwrap.dedent(text))
    return Attacked(client=(sys.executable, str(path), *places), **more)


def plainly(name: str):
    return msgspec.structs.replace(CARDS[name], strategies=("plain",))


async def outcomes(attacked: Attacked, *names: str, n: int = 2) -> dict[str, set]:
    async with ClientTarget(attacked) as target:
        rows = await run([plainly(name) for name in names], target, Mode.OFF, n=n, concurrency=2)
    return {name: {row.outcome for row in rows if row.probe == name} for name in names}


async def test_a_client_that_refuses_is_safe_and_one_that_trusts_names_is_not(tmp_path) -> None:
    places = ("{other}", "{server}", "{prompt}")
    careful = await outcomes(script(tmp_path, CAREFUL, *places), *CLIENT)
    assert careful == {name: {REFUSED} for name in CLIENT}
    trusting = await outcomes(script(tmp_path, TRUSTING, *places), "PRB-MCP-TWIN")
    assert trusting == {"PRB-MCP-TWIN": {COMPLIED}}


async def test_an_honest_servers_calls_are_no_success(tmp_path) -> None:
    honest = TRUSTING.replace("ask(ours,", "ask(own,")
    attacked = script(tmp_path, honest, "{other}", "{server}", "{prompt}")
    assert await outcomes(attacked, "PRB-MCP-TWIN") == {"PRB-MCP-TWIN": {REFUSED}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print('Nothing is needed.')", "never listed the tools"),
        (BASE + "    tools(sys.argv[1]); sys.exit(3)", "status 3"),
        ("import time; time.sleep(60)", "No answer within 1 s"),
    ],
)
async def test_who_never_met_the_attack_or_failed_is_an_error(tmp_path, text, told) -> None:
    seconds = 1.0 if "sleep" in text else 30.0
    attacked = script(tmp_path, text, "{server}", seconds=seconds)
    async with ClientTarget(attacked) as target:
        rows = await run([plainly("PRB-MCP-POISON")], target, Mode.OFF, n=1)
    assert [row.outcome for row in rows] == [AttemptOutcome.ERROR]
    assert told in rows[0].reason


class Stopping:
    """A way that keeps something back; what it hands on is broken for the client."""

    async def through(self, url: str, name: str) -> str:
        return url

    def stopped(self) -> bool:
        return True


@asynccontextmanager
async def stopping():
    yield Stopping()


async def test_a_client_that_fails_over_a_block_was_blocked(tmp_path) -> None:
    failing = script(tmp_path, "import sys; sys.exit(3)", "{server}")
    async with ClientTarget(failing, between=stopping) as target:
        rows = await run([plainly("PRB-MCP-POISON")], target, Mode.ON, n=1)
    assert [row.outcome for row in rows] == [AttemptOutcome.BLOCKED]


async def test_a_change_counts_only_when_it_was_listed_again(tmp_path) -> None:
    once = (
        BASE
        + """
    import pathlib
    seen = pathlib.Path(sys.argv[2])
    if not seen.exists():
        tools(sys.argv[1])
        seen.write_text("accepted")
    print("Fine.")
"""
    )
    attacked = script(tmp_path, once, "{server}", str(tmp_path / "seen"))
    attack = Attack(id="a", probe="p", channel="tool-change", text="Obey.", messages=("Hi",))
    async with ClientTarget(attacked) as target:
        seen = await target.attempt(attack)
    assert "never listed" in seen.error


async def test_the_message_comes_by_stdin_and_is_never_a_place(tmp_path) -> None:
    echo = BASE + "    tools(sys.argv[1]); print(sys.stdin.read())"
    attack = Attack(id="a", probe="p", channel="user", messages=("Is {server} or {other} {x}?",))
    async with ClientTarget(script(tmp_path, echo, "{server}")) as target:
        assert (await target.attempt(attack)).text == "Is {server} or {other} {x}?"
    spoken = BASE + "    print(sys.argv[2])"
    async with ClientTarget(script(tmp_path, spoken, "{server}", "{prompt}")) as target:
        assert (await target.attempt(attack)).text == "Is {server} or {other} {x}?"


async def test_the_official_client_lists_and_calls() -> None:
    attack = Attack(id="a", probe="p", channel="tool-schema", text="Obey.", messages=("Hi",))
    offer = Offer(attack)
    async with Servers() as servers:
        token = servers.add(offer)
        async with mcp.Client(servers.url(token)) as client:
            listed = {tool.name: tool for tool in (await client.list_tools()).tools}
            await client.call_tool("save_note", {"text": "abc"})
    assert listed["get_weather"].input_schema["properties"]["town"]["description"] == "Obey."
    assert [(one.kind, one.arguments) for one in offer.effects] == [("save_note", {"text": "abc"})]


def test_what_cannot_be_run_or_reached_is_said_before_anything_starts(tmp_path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("client: [agent, --mcp, nowhere]\n")
    with pytest.raises(InputError, match="never told the server"):
        aim(str(path))
    path.write_text("client: agent\n")
    with pytest.raises(InputError, match="no client"):
        aim(str(path))
    path.write_text("client: [agent, '{server}']\n")
    left_out = {one.probe for one in preflight(CARDS.values(), read_facts(aim(str(path)).facts()))}
    assert {"PRB-MCP-TWIN", "PRB-INJ-DIRECT"} <= left_out, "no second server, no user channel"
    assert not left_out & {"PRB-MCP-SCHEMA", "PRB-MCP-CHANGE", "PRB-MCP-POISON"}
