"""One connection to a provider: a request goes out, its answer comes in, then the next."""

import asyncio
import select
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import httptools

from seawall.gateway.http.errors import AnswerError, BrokenError, ClosedError, HttpError
from seawall.gateway.http.gather import Gather
from seawall.gateway.http.response import Response, Times

MAX_HEAD = 64 * 1024


class Connection(asyncio.Protocol):
    """Takes one request at a time. `freed` hears when it can take the next, `lost` when it ends."""

    def __init__(
        self, freed: Callable[["Connection"], None], lost: Callable[["Connection"], None],
        gather: Gather,
    ) -> None:  # fmt: skip
        self._loop = asyncio.get_running_loop()
        self._freed, self._lost, self._gather = freed, lost, gather
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._response: Response | None = None
        self._headers: dict[str, str] = {}
        self._head = 0
        self._bodies: list[bytes] = []  # of the body, what the parser found in one read
        self._chunked = self._sized = False
        self._interim = False
        self._reading = True
        self._look: Callable[[], Sequence[object]] | None = None
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Say whether a request could be sent: nothing is under way and the peer is there."""
        transport = self._transport
        return self._response is None and transport is not None and not transport.is_closing()

    @property
    def quiet(self) -> bool:
        """Say whether nothing has come that was not read: no second answer, no end."""
        if self._transport is None:
            return False
        if self._look is None:
            self._look = _look_at(self._transport.get_extra_info("socket").fileno())
        return not self._look()

    def send(self, pieces: Sequence[bytes], times: Times) -> Response:
        """Send a request, return its answer to be. Raises ClosedError when the peer has gone."""
        transport = self._transport
        if transport is None or not self.usable:
            raise ClosedError
        response = self._response = Response(self, self._loop, times, self._gather)
        self._headers, self._head = {}, 0
        self._chunked = self._sized = False
        if len(pieces) == 1:
            transport.write(pieces[0])
        else:
            transport.writelines(pieces)
        return response

    def pause(self) -> None:
        """Read no more until `resume`."""
        if self._transport is not None and self._reading:
            self._reading = False
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self._reading:
            self._reading = True
            self._transport.resume_reading()

    def drop(self) -> None:
        """Close at once. What still comes is nobody's."""
        self._end(BrokenError())
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was under way."""
        self._transport = None
        if self._response is not None:
            self._end(BrokenError() if self._response.status or self._head else ClosedError())
        self._lost(self)

    def eof_received(self) -> bool:
        """End an answer whose length is the connection's; every other one is broken."""
        response = self._response
        if response is not None and response.status and not self._chunked and not self._sized:
            self._response = None
            response.finish()
        return False  # the transport closes; connection_lost tells of the rest

    def data_received(self, data: bytes) -> None:
        """Read what came. Bytes that nobody asked for end the connection."""
        response = self._response
        if response is None:
            self.drop()
            return
        self._head += len(data)  # and what is neither head nor body: sizes of chunks, trailers
        response.heard()
        try:
            self._parser.feed_data(data)
            self._pass_on()
            if self._head > MAX_HEAD:
                raise AnswerError
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, HttpError) as error:
            self._bodies.clear()
            known = error if isinstance(error, HttpError) else error.__context__
            self._end(known if isinstance(known, HttpError) else AnswerError())
            self.drop()

    def _end(self, error: Exception) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.fail(error)

    # What the parser finds.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the first of each name; those behind a chunked body are nobody's."""
        response = self._response
        if response is not None and not response.status:
            self._headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """Begin the answer; a 1xx only says that one will come."""
        response, status = self._response, self._parser.get_status_code()
        self._interim = status < 200
        if response is None or self._interim:
            self._headers = {}
            return
        coding = self._headers.get("transfer-encoding", "").strip().lower()
        if coding not in ("", "chunked"):
            raise AnswerError
        self._chunked, self._sized = bool(coding), "content-length" in self._headers
        self._head = 0
        response.starts(status, self._headers)

    def on_body(self, data: bytes) -> None:
        """Keep a piece, unless it is that of a 1xx."""
        if self._response is not None and not self._interim:
            self._bodies.append(data)

    def _pass_on(self) -> None:
        """Pass on what one read brought of the body, in one piece."""
        if (bodies := self._bodies) and self._response is not None:
            self._head = 0
            data = bodies[0] if len(bodies) == 1 else b"".join(bodies)
            bodies.clear()
            self._response.feed(data)

    def on_message_complete(self) -> None:
        """End the answer; the connection is free when the request was read and both keep it.

        Who refuses may have read no body; its rest would be taken for the next request.
        """
        response = self._response
        if self._interim or response is None:
            return
        self._pass_on()
        if self._response is None:  # whoever took it has left
            return
        self._response = None
        response.finish()
        transport = self._transport
        sent = transport is not None and not transport.get_write_buffer_size()
        if sent and response.status < 300 and self._parser.should_keep_alive():
            self.resume()
            self.idle_since = self._loop.time()
            self._freed(self)
        else:
            self.drop()

    def on_message_begin(self) -> None:
        """Refuse a second answer to one request: it could be taken for that to the next."""
        if self._response is None:
            raise AnswerError


def _look_at(number: int) -> Callable[[], Sequence[object]]:
    """Return what looks whether something can be read from a socket, without waiting."""
    if not hasattr(select, "poll"):
        return lambda: select.select([number], [], [], 0)[0]
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return partial(poll.poll, 0)
