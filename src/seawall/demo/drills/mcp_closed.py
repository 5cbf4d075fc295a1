"""CTL-MCP-CLOSED: a tool server asks the client for something."""

import asyncio

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.gateway.mcp.session import Session
from seawall.gateway.settings import Settings
from seawall.gateway.steps.guard import GuardRunner
from seawall.guard.engine import GuardEngine
from seawall.store.pins import Pins

_ASKS = ("sampling/createMessage", "elicitation/create", "roots/list")


def _through(bench: Bench) -> bool:
    runner = GuardRunner(GuardEngine(()), bench.policy, Settings())
    session = Session("drill", runner, Pins(bench.store))
    try:
        return any(asyncio.run(_asked(session, method)) for method in _ASKS)
    finally:
        runner.close()


async def _asked(session: Session, method: str) -> bool:
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {}}
    passed, _ = await session.from_server(message)
    return passed is not None


DRILL = Drill(
    control="CTL-MCP-CLOSED",
    what="a tool server that asks for the model, the user or the folders",
    through=_through,
    without={"mcp": {"allow": ["sampling", "elicitation", "roots"]}},
)
