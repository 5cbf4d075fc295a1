"""uvicorn's HTTP protocol with what it lacks: limits on headers, and an answer to half a request.

What is no body (headers, trailers, sizes of chunks) has a size and a time, also behind an answer.
An offer of another protocol is left aside, as HTTP asks: its request is read like any other.

A client that half-closes its connection in the middle of a request gets a 400; one that does so
after a whole request counts as gone, because a closed and a half-closed socket look the same.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from seawall.core import ids
from seawall.gateway.settings import Settings
from seawall.wire import strict_json

ABORT = "seawall.abort"
"""In an ASGI scope: what cuts the connection at once, whatever still waits to be sent."""
WATCH = "seawall.watch"
"""In an ASGI scope: calls a function when the client goes, while its block runs."""
DIRECT = "seawall.direct"
"""In an ASGI scope: a `Direct` for this request."""
Watch = Callable[[Callable[[], None]], AbstractContextManager[None]]
_PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large",
            503: b"Service Unavailable\r\nretry-after: 1"}  # fmt: skip
_OFFERS = (b"connection", b"http2-settings", b"upgrade")


def raw_error(status: int, code: str, message: str) -> bytes:
    """Return a whole HTTP/1.1 error answer that closes the connection."""
    request = ids.request_id()
    body = strict_json.dumps(
        {
            "error": {
                "message": message,
                "type": "invalid_request_error" if status < 500 else "api_error",
                "param": None,
                "code": code,
                "seawall": {"request_id": request, "controls": [], "action": "refuse"},
            }
        }
    )
    head = (
        b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
        b"x-seawall-request-id: %s\r\nx-request-id: %s\r\nrequest-id: %s\r\n"
        b"connection: close\r\n\r\n"
    )
    return head % (status, _PHRASES[status], len(body), *[request.encode()] * 3) + body


class Direct:
    """Reads and answers one request as uvicorn would, with less in between.

    Nothing of it is kept in the request's scope once it runs: the request would keep itself in
    memory, and all that it holds.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def body(self) -> bytes | None:
        """Return the body to its one reader if all of it has come, else None."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or cycle.response_started:
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        cycle.waiting_for_100_continue = False
        cycle.message_event.clear()
        cycle.flow.resume_reading()
        return body

    async def whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer in one write instead of two."""
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        if headers.get("connection") == "close":
            cycle.keep_alive = False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(STATUS_LINE[status] + _head(cycle, headers) + body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a chunked answer with one look at the head. Not for HEAD, which has no body."""
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        head = _head(cycle, {**headers, "transfer-encoding": "chunked"})
        cycle.response_started = cycle.chunked_encoding = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(STATUS_LINE[status] + head)

    def write(self, body: bytes) -> bool:
        """Send a piece of a chunked body at once; False where the client must take first.

        b"" sends nothing and only asks.
        """
        cycle = self._cycle
        if cycle.flow.write_paused or cycle.disconnected:
            return False
        if body:
            cycle.transport.write(b"%x\r\n%b\r\n" % (len(body), body))
        return True


def _head(cycle: RequestResponseCycle, headers: Mapping[str, str]) -> bytes:
    """Return the header lines and the line that ends them. Raises ValueError for what is none."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not cycle.keep_alive and "connection" not in headers:
        lines.append("connection: close")
    text, breaks = "\r\n".join(lines), len(lines) - 1
    if (text.count("\r"), text.count("\n")) != (breaks, breaks):
        raise ValueError("a header holds what no header may hold")
    before = b"".join(b"%b: %b\r\n" % pair for pair in cycle.default_headers)
    return before + text.encode("latin-1") + b"\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):
    """One connection. `settings` is bound by `protocol_class`."""

    settings = Settings()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_bytes = 0  # of finished header lines
        self._unfinished = 0  # raw bytes since a message or a piece of its body began
        self._in_headers = self._in_message = False
        self._aside = False  # the request offers another protocol, and is read anew without
        self._header_timer: asyncio.TimerHandle | None = None
        self._take_timer: asyncio.TimerHandle | None = None
        self._left = 0  # bytes that waited for the client when the timer was set
        self._watching: set[Callable[[], None]] = set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_waiting()
        super().connection_lost(exc)
        self._gone()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_client()

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()

    def _wait_for_client(self) -> None:
        self._stop_waiting()
        self._left = self.transport.get_write_buffer_size()
        self._take_timer = self.loop.call_later(self.settings.take_seconds, self._taken)

    def _taken(self) -> None:
        """Cut a client that takes next to nothing: what waits for it would stay in memory."""
        if self._left - self.transport.get_write_buffer_size() < self.settings.take_bytes:
            self.transport.abort()
        else:
            self._wait_for_client()

    def _stop_waiting(self) -> None:
        if self._take_timer is not None:
            self._take_timer.cancel()
            self._take_timer = None

    def _expect_headers(self) -> None:
        self._stop_timer()
        self._header_timer = self.loop.call_later(self.settings.header_seconds, self._headers_late)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _headers_late(self) -> None:
        if self.cycle is not None and not self._in_headers:
            self.transport.close()  # all was answered; what drips in is no next request
            return
        self._refuse(408, "request_timeout", "The request's headers did not arrive in time.")

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer and close, unless an answer has already begun on this connection."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        busy = self.cycle is not None and not self.cycle.response_complete
        if not (busy and self.cycle.response_started):
            self.transport.write(raw_error(status, code, message))
        if busy:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._gone()
        self.transport.close()

    @contextmanager
    def _watch(self, gone: Callable[[], None]) -> Iterator[None]:
        """Call `gone` once when the client goes, while the block runs; at once if it has gone."""
        self._watching.add(gone)
        self.flow.resume_reading()  # who does not read does not hear that a client goes
        try:
            if self.transport.is_closing():
                gone()
            yield
        finally:
            self._watching.discard(gone)

    def _gone(self) -> None:
        while self._watching:
            self._watching.pop()()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._unfinished += len(data)
        rest: memoryview | None = memoryview(data)
        try:
            while rest is not None:
                rest = self._parse(rest)
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering and not self._in_message:
            return
        if self._header_bytes + self._unfinished > 2 * self.settings.max_header_bytes:
            self._refuse_headers() if answering or self._in_headers else self.transport.close()
        elif not answering and self._header_timer is None and not self.transport.is_closing():
            self._expect_headers()

    def _parse(self, data: memoryview) -> memoryview | None:
        """Parse bytes; return those behind a request that offered another protocol, else None."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._stay()
            return data[offer.args[0] :]
        return None

    def _stay(self) -> None:
        """Read a request that offers another protocol as if it did not."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise httptools.HttpParserInvalidMethodError("CONNECT")
        version = self.parser.get_http_version().encode()
        lines = [b"%b: %b\r\n" % pair for pair in self.headers if pair[0] not in _OFFERS]
        if any(k == b"connection" and b"close" in v.lower() for k, v in self.headers):
            lines.append(b"connection: close\r\n")
        self.parser, self._aside = httptools.HttpRequestParser(self), False
        first = b"%b %b HTTP/%b\r\n" % (method, self.url, version)
        self.parser.feed_data(b"%b%b\r\n" % (first, b"".join(lines)))

    def _refuse_headers(self) -> None:
        self._refuse(431, "headers_too_large", "The request's headers are too large.")

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP with the same error object as everything else."""
        self._refuse(400, "invalid_http", "This is not a valid HTTP/1.1 request.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]
        self._in_headers = self._in_message = True
        self._header_bytes = self._unfinished = 0

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_headers:  # a trailer: it could say what only a header may
            return
        self._header_bytes += len(name) + len(value) + 4
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._aside:
            return
        self._in_message = False
        super().on_message_complete()
        if self.cycle.response_complete:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._stop_timer()
        if self._header_bytes > self.settings.max_header_bytes:
            self._refuse_headers()
            raise ValueError("headers too large")  # ends the parser: no request begins
        if self.parser.should_upgrade():
            self._aside = True
            return
        most = self.settings.max_connections
        if len(self.connections) >= most or len(self.tasks) >= most:
            self._refuse(503, "overloaded", "The gateway has too many connections. Try again.")
            raise ValueError("too many connections")
        super().on_headers_complete()
        self.scope[WATCH] = self._watch  # type: ignore[literal-required]
        self.scope[DIRECT] = Direct(self.cycle)  # type: ignore[literal-required]

    def eof_received(self) -> None:
        """A request that ends in the middle gets a 400; everything else is a client that left."""
        unfinished = self.cycle is not None and self.cycle.more_body
        if self._in_headers or (unfinished and not self.cycle.response_complete):
            self._refuse(400, "incomplete_request", "The request ended in the middle.")


def protocol_class(settings: Settings) -> type[LimitedProtocol]:
    """Return the protocol with these settings, for uvicorn's `http` option."""
    return type("Protocol", (LimitedProtocol,), {"settings": settings})
