"""CTL-MCP-CLOSED: a tool server asks the client for something."""

import contextlib
from collections.abc import Iterator
from typing import Any

import uvicorn

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.demo.drills.servers import AskingServer, serving
from seawall.gateway.mcp.http import HttpProxy
from seawall.gateway.mcp.session import Session
from seawall.gateway.settings import Settings
from seawall.gateway.steps.guard import GuardRunner
from seawall.guard.engine import GuardEngine
from seawall.store.pins import Pins

_ASKS = ("sampling/createMessage", "elicitation/create", "roots/list")
# JSON-RPC's "method not found", which the proxy tells a server that it does not let through.
_REFUSED = -32601


def _through(bench: Bench) -> bool:
    """List the server's tools once for each thing it asks for meanwhile, and see what arrives."""
    with serving((server := AskingServer()).config()) as tools, _proxied(bench, tools) as proxy:
        arrived = [_arrives(bench, server, proxy, method) for method in _ASKS]
    return any(arrived)


@contextlib.contextmanager
def _proxied(bench: Bench, tools: str) -> Iterator[str]:
    runner = GuardRunner(GuardEngine(()), bench.policy, Settings())
    proxy = HttpProxy(f"{tools}/mcp", Session("drill", runner, Pins(bench.store)))
    try:
        with serving(uvicorn.Config(proxy.app(), log_config=None, lifespan="on")) as at:
            yield at
    finally:
        runner.close()


def _arrives(bench: Bench, server: AskingServer, proxy: str, method: str) -> bool:
    """Say whether the client reads a request of the server in the answer to its own.

    Raises ValueError where it is missing for another reason than the proxy's refusal.
    """
    server.asks, server.told = method, []
    listing: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    reply = bench.post("/mcp", listing, key="", at=proxy)
    bench.served(reply)
    if any(message.get("method") == method for message in reply.events):
        return True
    answered = any("result" in message for message in reply.events)
    refused = [message.get("error", {}).get("code") for message in server.told] == [_REFUSED]
    if bench.on and not (answered and refused):
        raise ValueError(f"the proxy neither passed nor refused {method}")
    return False


DRILL = Drill(
    control="CTL-MCP-CLOSED",
    what="a tool server that asks for the model, the user or the folders",
    through=_through,
    without={"mcp": {"allow": ["sampling", "elicitation", "roots"]}},
    stopped="the server was told no, and its tools were listed all the same",
)
