"""Our MCP servers, over streamable HTTP on this machine: one address for each attempt."""

import secrets
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web

from seawall.redteam.mcp_client.offer import Offer

_MAX = 4_000_000
_UNKNOWN, _INVALID = -32601, -32602
_VERSION = "2025-06-18"


class Servers:
    """Serves the offers of attempts that are under way. Use as an async context manager.

    `add` gives an offer two addresses: `/<token>/mcp` is the poisoned server, `/<token>/own/mcp`
    an honest one beside it. Nobody without the token reaches either.
    """

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}
        app = web.Application(client_max_size=_MAX)
        app.router.add_route("*", "/{token}/mcp", self._poisoned)
        app.router.add_route("*", "/{token}/own/mcp", self._honest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._base = ""

    def add(self, offer: Offer) -> str:
        """Serve an offer and return its token."""
        token = secrets.token_hex(8)
        self._offers[token] = offer
        return token

    def remove(self, token: str) -> None:
        """Serve the offer no more."""
        self._offers.pop(token, None)

    def url(self, token: str, *, honest: bool = False) -> str:
        """Return the address of the poisoned server, or of the honest one."""
        return f"{self._base}/{token}/own/mcp" if honest else f"{self._base}/{token}/mcp"

    async def _poisoned(self, request: web.Request) -> web.Response:
        return await self._serve(request, trusted=False)

    async def _honest(self, request: web.Request) -> web.Response:
        return await self._serve(request, trusted=True)

    async def _serve(self, request: web.Request, *, trusted: bool) -> web.Response:
        offer = self._offers.get(request.match_info["token"])
        if offer is None:
            return web.Response(status=404)
        if request.method == "DELETE":
            return web.Response(status=200)
        if request.method != "POST":
            return web.Response(status=405)
        try:
            message = msgspec.json.decode(await request.read(), type=dict[str, Any])
        except msgspec.DecodeError:
            return web.Response(status=400)
        if message.get("id") is None or "method" not in message:
            return web.Response(status=202)
        answer = {"jsonrpc": "2.0", "id": message["id"], **_answer(message, offer, trusted)}
        headers = {"mcp-session-id": request.match_info["token"]}
        body = msgspec.json.encode(answer)
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._base = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()


def _answer(message: dict[str, Any], offer: Offer, trusted: bool) -> dict[str, Any]:
    """Return the result or the error of a request."""
    method, params = message["method"], message.get("params")
    params = params if isinstance(params, dict) else {}
    if method == "initialize":
        asked = params.get("protocolVersion")
        return {"result": {
            "protocolVersion": asked if isinstance(asked, str) else _VERSION,
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "office" if trusted else "weather", "version": "1"},
        }}  # fmt: skip
    if method == "ping":
        return {"result": {}}
    if method == "tools/list":
        return {"result": {"tools": offer.tools(trusted)}}
    if method == "tools/call":
        arguments = params.get("arguments")
        said = offer.call(
            str(params.get("name")), arguments if isinstance(arguments, dict) else {}, trusted
        )
        if said is None:
            return {"error": {"code": _INVALID, "message": "There is no such tool."}}
        return {"result": {"content": [{"type": "text", "text": said}]}}
    return {"error": {"code": _UNKNOWN, "message": "Not spoken here."}}
