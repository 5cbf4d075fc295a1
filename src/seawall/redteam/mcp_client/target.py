"""An MCP client, or an agent that uses MCP servers, as a target: our server is the attacker."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from seawall.core import yamlfile
from seawall.redteam.mcp_client.offer import CHANNELS, TWIN_CHANNEL, Offer, parameters
from seawall.redteam.mcp_client.run import ClientError, client_of
from seawall.redteam.mcp_client.server import Servers
from seawall.redteam.target import Attack, Observation
from seawall.redteam.turns import holds_any

_BEFORE = "Which tools do you have?"


class Attacked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the client is run, once for each message.

    `client`: the words of a command, or `python:module:function`, called with the servers'
    addresses and the message. In words and `env`, `{server}` is the address of our server,
    `{other}` that of an honest server beside it, `{prompt}` the message (without it, the message
    comes on stdin); `{env:NAME}` in `env` is a variable. The answer is what it prints. `blocked`
    and `refused` are texts of the client's own filter and refusal. `policy`: with --gateway, the
    policy of the `seawall mcp` proxy that is put between.
    """

    client: str | tuple[str, ...]
    env: dict[str, str] = {}
    blocked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    seconds: float = 60.0
    policy: str = ""


class Way(Protocol):
    """A proxy between the client and our servers, for one attempt."""

    async def through(self, url: str, name: str) -> str:
        """Return the address that stands for a server's."""
        ...

    def stopped(self) -> bool:
        """Tell whether it kept anything back."""
        ...


Between = Callable[[], AbstractAsyncContextManager[Way]]


class _Direct:
    """Nothing stands between."""

    async def through(self, url: str, name: str) -> str:
        return url

    def stopped(self) -> bool:
        return False


@asynccontextmanager
async def _direct() -> AsyncIterator[Way]:
    yield _Direct()


def read_client(path: Path) -> Attacked:
    """Read a client's description. Raises InputError naming file and line."""
    found = yamlfile.load(path, Attacked)
    policy = str(path.parent / found.policy) if found.policy else ""
    return msgspec.structs.replace(found, policy=policy)


class ClientTarget:
    """Runs the client against MCP servers of ours. Use as an async context manager.

    What our server sees called is the effect, in any channel; calls of other servers cannot be
    seen. The channel tool-change runs the client twice: the definition changes after the first.
    An attempt in which the client never met the attack's text is an error, never a refusal.
    """

    def __init__(self, attacked: Attacked, *, between: Between = _direct) -> None:
        self._attacked = attacked
        self._ask = client_of(attacked.client, attacked.env, attacked.seconds)
        given = attacked.client
        words = (given,) if isinstance(given, str) else (*given, *attacked.env.values())
        self._beside = isinstance(given, str) or any("{other}" in word for word in words)
        self._between = between
        self._servers = Servers()

    def facts(self) -> dict[str, Any]:
        """Return the tools that our server offers, and the channels through it."""
        channels = (*CHANNELS, TWIN_CHANNEL) if self._beside else CHANNELS
        return {"model": "mcp-client", "tools": parameters(), "channels": channels}

    async def attempt(self, attack: Attack) -> Observation:
        """Run the client against servers that carry the attack."""
        offer = Offer(attack)
        token = self._servers.add(offer)
        try:
            async with self._between() as way:
                said, error = await self._talk(attack, offer, token, way)
                stopped = way.stopped()
        finally:
            self._servers.remove(token)
        # What a proxy kept back never reached the client, and a client may fail over it: that is
        # a block, not an error.
        wrong = "" if stopped else error or offer.missing
        return Observation(
            text=said,
            effects=tuple(offer.effects),
            blocked=stopped or holds_any(said, self._attacked.blocked),
            refused=holds_any(said, self._attacked.refused),
            error=wrong,
        )

    async def _talk(self, attack: Attack, offer: Offer, token: str, way: Way) -> tuple[str, str]:
        """Return (what the client said, what went wrong)."""
        said: list[str] = []
        try:
            own = await way.through(self._servers.url(token, honest=True), f"{token}-own")
            ours = await way.through(self._servers.url(token), token)
            if attack.channel == "tool-change":
                await self._ask((own, ours), _BEFORE)
                offer.changed = True
            for message in attack.messages:
                said.append(await self._ask((own, ours), message))
        except ClientError as error:
            return "\n".join(said), str(error)
        return "\n".join(said), ""

    async def __aenter__(self) -> Self:
        await self._servers.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._servers.__aexit__(kind, error, trace)
