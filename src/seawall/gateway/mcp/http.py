"""The proxy as an HTTP server on this machine, in front of a streamable-HTTP server.

A client's Authorization never reaches the server; the proxy has a token of its own, or none.
"""

import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from seawall.core.errors import InputError, RequestError
from seawall.gateway.mcp import messages
from seawall.gateway.mcp.messages import Message
from seawall.gateway.mcp.session import Session
from seawall.wire import strict_json

_MAX = 8 * 1024 * 1024
_SESSIONS = 200
_SESSION, _VERSION = "mcp-session-id", "mcp-protocol-version"
_PASSED = (_SESSION, _VERSION)
_LOCAL = re.compile(r"(?:https?://)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_EVENT = {"content-type": "text/event-stream", "cache-control": "no-store"}


def check_url(url: str) -> None:
    """Raise InputError unless `url` can be a server's endpoint."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        credentials = parts.username is not None
    except ValueError:
        good = credentials = False
    if not good:
        raise InputError(
            "The server's address is no HTTP URL.",
            hint="Give scheme, host and path, like https://mcp.example.org/mcp.",
        )
    if credentials:
        raise InputError(
            "The server's address holds credentials.",
            hint="Name a variable with a token: --token-env.",
        )


class HttpProxy:
    """POST and DELETE of one server. `token`: the proxy's own bearer token, "" for none."""

    def __init__(self, url: str, session: Session, token: str = "", seconds: float = 300.0) -> None:
        self._url = url
        self._base = session
        self._token = token
        self._seconds = seconds
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._client: aiohttp.ClientSession | None = None

    def app(self) -> Starlette:
        """Return the application; MCP is at /mcp. Its end closes the connections to the server."""
        routes = [Route("/mcp", self._serve, methods=["POST", "DELETE"])]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the connections to the server."""
        if self._client is not None:
            await self._client.close()

    async def _serve(self, request: Request) -> Response:
        if not _local(request):
            return _json(messages.error(None, "Only this machine may ask."), 403)
        if request.method == "DELETE":
            async with self._ask("DELETE", request, None) as answer:
                return Response(status_code=answer.status)
        try:
            body = await _body(request)
            message = strict_json.loads(body, max_bytes=_MAX)
        except RequestError as error:
            return _json(messages.error(None, error.message, -32700), 400)
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return _json(messages.error(None, "Send one JSON-RPC message.", -32600), 400)
        session = self._session(request.headers.get(_SESSION, ""))
        forward, reply = await session.from_client(message)
        if reply is not None:
            return _json(reply)
        if forward is None:
            return Response(status_code=202)
        return await self._forward(request, session, forward)

    async def _forward(self, request: Request, session: Session, message: Message) -> Response:
        context = self._ask("POST", request, message)
        try:
            answer = await context.__aenter__()
        except aiohttp.ClientError:
            text = "The MCP server cannot be reached."
            return _json(messages.error(message.get("id"), text), 502)
        headers = self._remember(answer, session)
        if answer.content_type == "text/event-stream":
            stream = self._events(request, session, answer, context)
            return StreamingResponse(stream, headers={**headers, **_EVENT})
        try:
            raw = await answer.content.read(_MAX + 1)
        finally:
            await context.__aexit__(None, None, None)
        if not raw.strip():
            return Response(status_code=answer.status, headers=headers)
        return await self._whole(session, message, raw, headers, answer.status)

    async def _whole(
        self, session: Session, message: Message, raw: bytes, headers: dict[str, str], status: int
    ) -> Response:
        try:
            value = strict_json.loads(raw, max_bytes=_MAX)
        except RequestError:
            value = None
        if not isinstance(value, dict):
            text = "The MCP server sent no JSON-RPC message."
            return _json(messages.error(message.get("id"), text), 502)
        passed, _ = await session.from_server(value)
        if passed is None:
            return Response(status_code=202, headers=headers)
        return _json(passed, status if status < 400 else 200, headers)

    async def _events(
        self, request: Request, session: Session, answer: aiohttp.ClientResponse, context: Any
    ) -> AsyncIterator[bytes]:
        """Yield the server's events, each read and judged."""
        try:
            async for data in _data_of(answer):
                try:
                    value = strict_json.loads(data, max_bytes=_MAX)
                except RequestError:
                    continue
                if not isinstance(value, dict):
                    continue
                passed, reply = await session.from_server(value)
                if passed is not None:
                    yield b"event: message\ndata: " + strict_json.dumps(passed) + b"\n\n"
                if reply is not None:
                    async with self._ask("POST", request, reply):
                        pass
        finally:
            await context.__aexit__(None, None, None)

    def _ask(self, method: str, request: Request, message: Message | None) -> Any:
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=self._seconds)
            self._client = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        headers["accept"] = "application/json, text/event-stream"
        for name in request.headers:
            if name.startswith("mcp-") and name not in _PASSED:
                headers[name] = request.headers[name]
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        if message is None:
            return self._client.request(method, self._url, headers=headers, allow_redirects=False)
        headers["content-type"] = "application/json"
        return self._client.request(
            method, self._url, data=strict_json.dumps(message), headers=headers,
            allow_redirects=False,
        )  # fmt: skip

    def _session(self, name: str) -> Session:
        """Return a judge for one request; what was listed stays known to its session."""
        known = self._sessions.get(name, self._base)
        return known.fork()

    def _remember(self, answer: aiohttp.ClientResponse, session: Session) -> dict[str, str]:
        name = answer.headers.get(_SESSION, "")
        if not name:
            return {}
        if name not in self._sessions:
            self._sessions[name] = session
            if len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
        return {_SESSION: name}


async def _data_of(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield the data of each event."""
    held: list[bytes] = []
    size = 0
    async for line in answer.content:
        size += len(line)
        if size > _MAX:
            return
        text = line.rstrip(b"\r\n")
        if text.startswith(b"data:"):
            held.append(text[5:].lstrip(b" "))
        elif not text and held:
            yield b"\n".join(held)
            held, size = [], 0


async def _body(request: Request) -> bytes:
    held = b""
    async for chunk in request.stream():
        held += chunk
        if len(held) > _MAX:
            raise RequestError("The message is too large.")
    return held


def _local(request: Request) -> bool:
    """Say whether a request comes from this machine's own programs, not from a page's script."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    return bool(_LOCAL.fullmatch(host)) and (origin is None or bool(_LOCAL.fullmatch(origin)))


def _json(value: Message, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(strict_json.dumps(value), status, headers, media_type="application/json")
