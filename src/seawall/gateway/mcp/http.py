"""The proxy as an HTTP server on this machine, in front of a streamable-HTTP server.

A client's Authorization never reaches the server; the proxy has a token of its own, or none.
"""

import re
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from seawall.core.bearer import bearer
from seawall.core.errors import InputError, RequestError
from seawall.gateway import body as bodies
from seawall.gateway.mcp import messages
from seawall.gateway.mcp.messages import Message
from seawall.gateway.mcp.session import Session
from seawall.gateway.stopped import Server as DrainingServer
from seawall.gateway.stopped import Stopped
from seawall.wire import strict_json
from seawall.wire.sse import BrokenEventsError, Reader, named

T = TypeVar("T")
_MAX = 8 * 1024 * 1024
_SESSIONS = 200
_SESSION, _VERSION = "mcp-session-id", "mcp-protocol-version"
_PASSED = (_SESSION, _VERSION)
_LOCAL = re.compile(r"(?:https?://)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_STREAM = "text/event-stream"
_EVENT = {"content-type": _STREAM, "cache-control": "no-store"}
_FAILED = (aiohttp.ClientError, TimeoutError, ConnectionError, bodies.ClientGoneError)
_LISTENS = (None, "subscriptions/listen")
_ASKED = "seawall.mcp.id"  # in an ASGI scope: the id of the message that is being answered
_UNREACHABLE = "The MCP server cannot be reached."
_ODD = "The MCP server sent no JSON-RPC message, or a larger one than 8 MiB."


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
    """GET, POST and DELETE of one server. `token`: the proxy's own bearer token, "" for none."""

    def __init__(self, url: str, session: Session, token: str = "", seconds: float = 300.0) -> None:
        self._url = url
        self._base = session
        self._token = token
        self._seconds = seconds
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._client: aiohttp.ClientSession | None = None
        self._listening: set[aiohttp.ClientResponse] = set()

    def app(self) -> Starlette:
        """Return the application; MCP is at /mcp. Its end closes the connections to the server."""
        routes = [Route("/mcp", self._serve, methods=["GET", "POST", "DELETE"])]
        return Starlette(
            routes=routes, lifespan=self._lifespan, middleware=[Middleware(Stopped, say=_cut)]
        )

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.close()

    def hang_up(self) -> None:
        """End the streams on which clients only listen: nothing else would."""
        for answer in list(self._listening):
            answer.close()

    async def close(self) -> None:
        """Close the connections to the server."""
        if self._client is not None:
            await self._client.close()

    async def _serve(self, request: Request) -> Response:
        if not _local(request):
            return _json(messages.error(None, "Only this machine may ask."), 403)
        session = self._session(request.headers.get(_SESSION, ""))
        if request.method != "POST":
            return await self._without_message(request, session)
        try:
            body = await _body(request)
            message = strict_json.loads(body, max_bytes=_MAX)
        except RequestError as error:
            return _json(messages.error(None, error.message, -32700), 400)
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return _json(messages.error(None, "Send one JSON-RPC message.", -32600), 400)
        request.scope[_ASKED] = message.get("id")
        forward, reply = await session.from_client(message)
        if reply is not None:
            return _json(reply)
        if forward is None:
            return Response(status_code=202)
        return await self._forward(request, session, forward)

    async def _without_message(self, request: Request, session: Session) -> Response:
        """End a session, or open the stream on which a server speaks unasked."""
        context = self._ask(request.method, request, None)
        try:
            answer = await bodies.while_there(request.receive, context.__aenter__())
        except _FAILED:
            return _json(messages.error(None, _UNREACHABLE), 502)
        if answer.status == 200 and answer.content_type == _STREAM and request.method == "GET":
            stream = self._events(request, session, answer, context, {})
            return StreamingResponse(stream, headers=_EVENT)
        await context.__aexit__(None, None, None)
        # A body of another kind than a stream is no answer to a GET.
        return Response(status_code=405 if (request.method, answer.status) == ("GET", 200)
                        else answer.status)  # fmt: skip

    async def _forward(self, request: Request, session: Session, message: Message) -> Response:
        context = self._ask("POST", request, message)
        try:
            answer = await bodies.while_there(request.receive, context.__aenter__())
        except _FAILED:
            return _json(messages.error(message.get("id"), _UNREACHABLE), 502)
        headers = self._remember(answer, session)
        if answer.content_type == _STREAM and answer.status < 400:
            stream = self._events(request, session, answer, context, message)
            return StreamingResponse(stream, headers={**headers, **_EVENT})
        try:
            raw = await bodies.while_there(request.receive, _all_of(answer))
        except _FAILED:
            return _json(messages.error(message.get("id"), _UNREACHABLE), 502)
        finally:
            await context.__aexit__(None, None, None)
        if "method" not in message or message.get("id") is None:
            return Response(status_code=answer.status, headers=headers)
        return await self._whole(session, message, raw, headers, answer.status)

    async def _whole(
        self, session: Session, message: Message, raw: bytes, headers: dict[str, str], status: int
    ) -> Response:
        """Return the answer to a request: the server's, or an error under the same status."""
        try:
            value = strict_json.loads(raw, max_bytes=_MAX)
        except RequestError:
            value = None
        if status >= 400 and isinstance(value, dict) and "error" in value:
            value["id"] = message["id"]  # a server that refuses before it reads knows no id
        passed, _ = await session.from_server(value) if isinstance(value, dict) else (None, None)
        if passed is None:
            text = _ODD if status < 400 else f"The MCP server refused the request: HTTP {status}."
            bad = messages.error(message["id"], text)
            return _json(bad, status if status >= 400 else 502, headers)
        return _json(passed, status, headers)

    async def _events(
        self, request: Request, session: Session, answer: aiohttp.ClientResponse, context: Any,
        message: Message,
    ) -> AsyncIterator[bytes]:  # fmt: skip
        """Yield the server's events, each read and judged; a request is answered in any case."""
        waits = message.get("id") if "method" in message else None
        if message.get("method") in _LISTENS:
            self._listening.add(answer)
        try:
            with suppress(*_FAILED, BrokenEventsError):
                async for value in _messages_of(answer):
                    passed, reply = await session.from_server(value)
                    if passed is not None:
                        waits = None if _answers(passed, waits) else waits
                        yield _event(passed)
                    if reply is not None:
                        async with self._ask("POST", request, reply):
                            pass
        finally:
            self._listening.discard(answer)
            await context.__aexit__(None, None, None)
        if waits is not None:
            text = "The MCP server's stream ended before it answered."
            yield _event(messages.error(waits, text, messages.INTERNAL))

    def _ask(self, method: str, request: Request, message: Message | None) -> Any:
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_read=self._seconds, sock_connect=30)
            self._client = aiohttp.ClientSession(
                timeout=timeout, trust_env=False, connector=aiohttp.TCPConnector(limit=0)
            )
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        headers["accept"] = "application/json, text/event-stream"
        for name in request.headers:
            if name.startswith("mcp-") and name not in _PASSED:
                headers[name] = request.headers[name]
        headers |= bearer(self._token)
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


def _cut(scope: Scope, started: bool) -> Message | None:
    """Return what a client hears whose request is cut off; who only listens hears nothing."""
    asked = scope.get(_ASKED)
    if started and asked is None:
        return None
    return messages.error(asked, "The proxy was stopped.", messages.INTERNAL)


class Server(DrainingServer):
    """The proxy's server; where it is told to stop, it does not wait for those who only listen."""

    def __init__(self, config: uvicorn.Config, proxy: HttpProxy) -> None:
        super().__init__(config)
        self._proxy = proxy

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hang up, then let running calls end."""
        self._proxy.hang_up()
        await super().shutdown(sockets)


async def _messages_of(answer: aiohttp.ClientResponse) -> AsyncIterator[Message]:
    """Yield the message of each event. Raises BrokenEventsError where nobody can read on."""
    reader = Reader(max_event=_MAX)
    async for chunk in answer.content.iter_any():
        for data in reader.feed(chunk):
            with suppress(RequestError):
                value = strict_json.loads(data.encode(), max_bytes=_MAX)
                if isinstance(value, dict):
                    yield value


async def _all_of(answer: aiohttp.ClientResponse) -> bytes:
    """Return a body; one that is too large is cut, so that it is no JSON."""
    held = bytearray()
    async for chunk in answer.content.iter_any():
        held += chunk
        if len(held) > _MAX:
            break
    return bytes(held[: _MAX + 1])


def _answers(passed: Message, waits: Any) -> bool:
    return "method" not in passed and passed.get("id") == waits


def _event(message: Message) -> bytes:
    return named("message", strict_json.dumps(message))


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
