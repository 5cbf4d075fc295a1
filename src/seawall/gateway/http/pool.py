"""Connections to the providers, kept open between requests, and the requests over them."""

import asyncio
from collections import deque
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from seawall.gateway.http.connection import Connection
from seawall.gateway.http.dial import Dialer
from seawall.gateway.http.errors import ClosedError, ConnectError, HttpError, SlowError
from seawall.gateway.http.form import FormBody
from seawall.gateway.http.gather import Gather
from seawall.gateway.http.response import Response, Times

KEEP_SECONDS = 15.0
# A connection that breaks this soon without a byte of an answer had been closed while idle.
_STALE_SECONDS = 0.5
_SAFE = "/:?#[]@!$&'()*+,;=%-._~"
Body = bytes | FormBody | None


class Origin:
    """Where requests of one URL go: scheme, host, port, and the value of `host`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.tls = parts.scheme == "https"
        name = (parts.hostname or "").rstrip(".")
        self.host = name if name.isascii() else name.encode("idna").decode()
        self.port = parts.port or (443 if self.tls else 80)
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.tls else 80)
        self.shown = shown if usual else f"{shown}:{self.port}"
        self.path = quote(parts.path, safe=_SAFE).rstrip("/")
        self.idle: deque[Connection] = deque()


class Pool:
    """Sends requests. Nothing is redirected, no proxy and no cookie is used."""

    def __init__(self) -> None:
        self._origins: dict[str, Origin] = {}
        self._dialer = Dialer()
        self._gather = Gather()
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Close every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in list(self._open):
            connection.drop()
        self._open.clear()

    async def request(
        self, method: str, base_url: str, path: str, *, headers: Mapping[str, str], body: Body,
        times: Times, connect_seconds: float,
    ) -> Response:  # fmt: skip
        """Return the answer, once its headers are there; `path` follows the base URL's.

        Asks once more if an idle connection turns out to be closed by the other side. Raises
        HttpError.
        """
        origin = self._origin(base_url)
        pieces = _written(method, origin, path, headers, body)
        loop = asyncio.get_running_loop()
        began = loop.time()
        kept = self._kept(origin)
        if kept is not None:
            try:
                return await _answered(kept, pieces, times)
            except ClosedError:
                if loop.time() - began > _STALE_SECONDS or isinstance(body, FormBody):
                    raise
        connection = await self._dialed(origin, connect_seconds, times)
        return await _answered(connection, pieces, times)

    def _origin(self, base_url: str) -> Origin:
        found = self._origins.get(base_url)
        if found is None:
            found = self._origins[base_url] = Origin(base_url)
        return found

    def _kept(self, origin: Origin) -> Connection | None:
        """Return the connection that was used last, if it was not idle for too long.

        What has come meanwhile belongs to no request: the event loop may not have read it yet.
        """
        oldest = asyncio.get_running_loop().time() - KEEP_SECONDS
        while origin.idle:
            connection = origin.idle.pop()
            if connection.usable and connection.idle_since > oldest and connection.quiet:
                return connection
            connection.drop()
        return None

    async def _dialed(self, origin: Origin, seconds: float, times: Times) -> Connection:
        def protocol() -> Connection:
            return Connection(freed, lost, self._gather)

        def freed(connection: Connection) -> None:
            origin.idle.append(connection)
            self._sweep_later()

        def lost(connection: Connection) -> None:
            self._open.discard(connection)

        whole = min(times.first, times.total)
        try:
            async with asyncio.timeout(min(seconds, whole)):
                made = await self._dialer.connect(protocol, origin.host, origin.port, origin.tls)
        except TimeoutError:
            raise SlowError if whole < seconds else ConnectError from None
        if not isinstance(made, Connection):
            raise HttpError
        self._open.add(made)
        return made

    def _sweep_later(self) -> None:
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(KEEP_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        """Close what nobody used for a while; those used last stand last."""
        self._sweep = None
        oldest = asyncio.get_running_loop().time() - KEEP_SECONDS
        for origin in self._origins.values():
            while origin.idle and origin.idle[0].idle_since <= oldest:
                origin.idle.popleft().drop()
        if any(origin.idle for origin in self._origins.values()):
            self._sweep_later()


async def _answered(connection: Connection, pieces: list[bytes], times: Times) -> Response:
    response = connection.send(pieces, times)
    try:
        await response.head()
    except BaseException:
        response.close()
        raise
    return response


def _written(
    method: str, origin: Origin, path: str, headers: Mapping[str, str], body: Body
) -> list[bytes]:
    """Return the bytes of a request. Raises HttpError for what no header may hold."""
    target = f"{origin.path}{path}"
    lines = [f"{method} {target if target.isascii() else quote(target, safe=_SAFE)} HTTP/1.1",
             f"host: {origin.shown}", "accept: */*"]  # fmt: skip
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if isinstance(body, FormBody):
        lines += [f"content-type: {body.content_type}", f"content-length: {body.size}"]
    elif body is not None or method in ("POST", "PUT"):
        lines.append(f"content-length: {len(body or b'')}")
    head = "\r\n".join(lines)
    breaks = len(lines) - 1
    if not head.isascii() or head.count("\r") != breaks or head.count("\n") != breaks:
        raise HttpError
    raw = f"{head}\r\n\r\n".encode()
    if isinstance(body, FormBody):
        return [raw, *body.pieces]
    return [raw + body if body else raw]
