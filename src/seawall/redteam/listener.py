"""A listener for addresses that attacks name: what the target fetches is seen, not guessed."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from seawall.core.errors import InputError
from seawall.redteam.slots import number_of
from seawall.redteam.target import Attack, Effect, Observation
from seawall.redteam.turns import OpenTarget

FETCHED = "fetched"
# Anybody may call: so many numbers are kept, so many paths of each, so much of a path.
_NUMBERS, _PATHS, _LONGEST = 10_000, 20, 300
_DIGITS = 8  # see slots.number_of


def heard(target: OpenTarget, facts: Mapping[str, Any]) -> OpenTarget:
    """Return the target with a listener beside it, where the facts name an address of ours."""
    address = facts.get("listener") or facts.get("inside")
    return Listening(target, str(address)) if address else target


class Listening:
    """A target, with a web server of ours beside it at the address that its facts call `listener`.

    Every attack's address there holds its own number, so that each request tells which attack it
    belongs to; it is answered with an empty page, and becomes an effect of that attempt. Raises
    InputError where nothing can listen at the port of the address. `host` is where it listens
    (everywhere), `grace` the seconds in which a fetch may follow the answer.
    """

    def __init__(
        self,
        target: OpenTarget,
        address: str,
        *,
        host: str = "0.0.0.0",  # noqa: S104 - the target may be another machine
        grace: float = 0.5,
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.port is None:
            raise InputError(f"listener: {address!r} is no address like http://10.0.0.5:8099.")
        self._target, self._port = target, parts.port
        self._host, self._grace = host, grace
        self._seen: dict[str, list[str]] = {}
        self._runner: web.AppRunner | None = None

    def facts(self) -> dict[str, Any]:
        """Return the target's facts."""
        return self._target.facts()

    async def attempt(self, attack: Attack) -> Observation:
        """Carry out one attack, and add what was fetched from us meanwhile."""
        seen = await self._target.attempt(attack)
        number = str(number_of(attack.id))
        if number not in self._seen:
            await asyncio.sleep(self._grace)
        fetched = tuple(
            Effect(kind=FETCHED, arguments={"path": path}) for path in self._seen.pop(number, ())
        )
        return msgspec.structs.replace(seen, effects=(*seen.effects, *fetched), listened=True)

    async def _serve(self, request: web.Request) -> web.Response:
        number = request.path.strip("/").partition("/")[0]
        if number.isdecimal() and len(number) == _DIGITS:
            paths = self._seen.setdefault(number, [])
            if len(paths) < _PATHS:
                paths.append(request.path[:_LONGEST])
            while len(self._seen) > _NUMBERS:
                del self._seen[next(iter(self._seen))]
        return web.Response(text="", content_type="text/html")

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise InputError(
                f"listener: nothing can listen at port {self._port}: {error}."
            ) from None
        try:
            await self._target.__aenter__()
        except BaseException:
            await self._runner.cleanup()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._target.__aexit__(kind, error, trace)
        finally:
            if self._runner is not None:
                await self._runner.cleanup()
