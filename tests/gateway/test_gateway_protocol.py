"""A whole answer leaves in one piece, and says the same as uvicorn's two."""

import gc
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gateway_support import USAGE, Gateway, Provider, chunks, gateway_of, make_policy
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from seawall.gateway.call import Call
from seawall.gateway.protocol import Direct
from seawall.gateway.settings import Settings

pytestmark = pytest.mark.once


def call(gateway: Gateway, more: str = "", method: str = "GET", path: str = "/v1/models") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.key}\r\n{more}\r\n"
    ).encode()


def talk(gateway: Gateway, data: bytes) -> bytes:
    """Send bytes and return all that comes back until the gateway closes."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(data)
        received = b""
        while piece := link.recv(65536):
            received += piece
    return received


def test_pipelined_requests_are_answered_in_order_on_one_connection(gateway: Gateway) -> None:
    close = call(gateway, "connection: close\r\n", path="/v1/models/nope")
    answer = talk(gateway, call(gateway) + call(gateway, path="/v1/models/small") + close)
    heads = [piece.split(b"\r\n", 1)[0] for piece in answer.split(b"HTTP/1.1 ")[1:]]
    assert heads == [b"200 OK", b"200 OK", b"404 Not Found"]
    assert answer.count(b"connection: close") == 1
    assert answer.lower().count(b"\r\ndate: ") == 3
    last = answer.rpartition(b"\r\n\r\n")[2]
    assert json.loads(last)["error"]["code"] == "model_not_found"


def test_a_realtime_handshake_is_refused_and_says_what_to_use(gateway: Gateway) -> None:
    shake = (
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    asked = call(gateway, shake, path="/v1/realtime?model=small")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(asked)
        head, _, body = link.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    error = json.loads(body)["error"]
    assert error["code"] == "unknown_route" and "/v1/responses" in error["message"]


@pytest.mark.parametrize(
    "path", ["/v1/models%0A", "/v1/models/a%0Ab", "/%0A", "/admin/v1/teams/%0A"]
)
def test_a_path_with_a_line_break_is_refused_and_on_record(gateway: Gateway, path: str) -> None:
    said = talk(gateway, call(gateway, "connection: close\r\n", path=path))
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    error = json.loads(body)["error"]
    assert error["code"] == "unknown_route"
    assert gateway.record(error["seawall"]["request_id"])["result"] == "refused"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("OPTIONS", "*", 404, "unknown_route"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("DELETE", "/readyz", 405, "method_not_allowed"),
        ("POST", "/metrics", 405, "method_not_allowed"),
    ],
)
def test_what_is_no_route_and_no_method_of_one_is_refused_by_name(
    gateway: Gateway, method: str, path: str, status: int, code: str
) -> None:
    answer = talk(gateway, call(gateway, "connection: close\r\n", method, path))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    error = json.loads(answer.rpartition(b"\r\n\r\n")[2])["error"]
    assert error["code"] == code
    assert (b"allow: GET, HEAD" in answer) == (status == 405)
    assert gateway.record(error["seawall"]["request_id"])["result"] == "refused"


def test_a_head_request_gets_no_body(gateway: Gateway) -> None:
    answer = talk(gateway, call(gateway, "connection: close\r\n", method="HEAD"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"405" in head and b"content-length: " in head and body == b""


class Cycle(SimpleNamespace):
    """What an answer needs of a connection, with what was written."""

    def __init__(self, **given: Any) -> None:
        self.written: list[bytes] = []
        self.closed = self.done = False
        super().__init__(
            flow=SimpleNamespace(write_paused=False), disconnected=False, keep_alive=True,
            default_headers=[(b"date", b"now")],
            transport=SimpleNamespace(write=self.written.append, close=self._close),
            message_event=SimpleNamespace(set=lambda: None), on_response=self._done, **given,
        )  # fmt: skip

    def _close(self) -> None:
        self.closed = True

    def _done(self) -> None:
        self.done = True


async def test_one_write_and_the_connection_goes_on() -> None:
    cycle: Any = Cycle()
    await Direct(cycle).whole(200, {"a": "b", "content-length": "2"}, b"{}")
    assert cycle.written == [b"HTTP/1.1 200 OK\r\ndate: now\r\na: b\r\ncontent-length: 2\r\n\r\n{}"]
    assert cycle.response_complete and cycle.done and not cycle.closed


async def test_who_says_close_is_closed_and_who_has_gone_gets_nothing() -> None:
    cycle: Any = Cycle()
    await Direct(cycle).whole(413, {"connection": "close"}, b"")
    assert cycle.closed and cycle.written[0].count(b"connection: close") == 1
    gone: Any = Cycle()
    gone.disconnected = True
    await Direct(gone).whole(200, {}, b"")
    assert gone.written == []


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x", "a\nb", "a\rb"])
async def test_no_header_can_hold_another_one(value: str) -> None:
    cycle: Any = Cycle()
    with pytest.raises(ValueError, match="header"):
        await Direct(cycle).whole(200, {"a": value}, b"")
    assert cycle.written == []


@pytest.mark.parametrize("stream", [False, True])
def test_an_answered_request_waits_for_no_garbage_collection(
    gateway: Gateway, stream: bool
) -> None:
    def left() -> int:
        return sum(isinstance(one, Call | RequestResponseCycle) for one in gc.get_objects())

    client = gateway.client()
    if stream:
        said_by_it = chunks({"content": "On its way. "}, {"content": "Soon."})
        gateway.provider.script = [*said_by_it, USAGE, "[DONE]"]

    def ask() -> None:
        said: Any = [{"role": "user", "content": "Where is my order?"}]
        answer: Any = client.chat.completions.create(model="small", messages=said, stream=stream)
        if stream:
            assert list(answer)

    ask()
    gc.collect()
    gc.disable()
    try:
        before = left()
        for _ in range(5):
            ask()
        until = time.monotonic() + 5
        while left() > before and time.monotonic() < until:
            time.sleep(0.05)
        assert left() <= before  # an open connection keeps its last
    finally:
        gc.enable()


CHAT = json.dumps({"model": "small", "messages": [{"role": "user", "content": "Hi"}]}).encode()
CHUNKED = "transfer-encoding: chunked\r\n"
OFFER = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAAA\r\n"


def post(gateway: Gateway, more: str, key: str | None = None) -> bytes:
    return call(gateway, more, "POST", "/v1/chat/completions").replace(
        gateway.key.encode(), (key or gateway.key).encode()
    )


def chunked(*trailers: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(CHAT), CHAT, b"".join(trailers))


def test_a_trailer_is_no_header(gateway: Gateway) -> None:
    said = chunked(b"authorization: Bearer x\r\n", b"x-seawall-user: v1;1;a;b;c\r\n")
    answer = talk(gateway, post(gateway, CHUNKED + "connection: close\r\n") + said)
    assert answer.startswith(b"HTTP/1.1 200 ")
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    mine = b"authorization: Bearer %b\r\n" % gateway.key.encode()
    answer = talk(gateway, head + CHUNKED.encode() + b"\r\n" + chunked(mine))
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["error"]["code"] == "missing_api_key"


@pytest.mark.parametrize("key", [None, "sw_bad"])
def test_trailers_without_end_are_cut(gateway: Gateway, key: str | None) -> None:
    """Also of a stranger, whose answer has long been sent: they would fill the memory."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(post(gateway, CHUNKED, key) + b"0\r\n")
        with pytest.raises(OSError):
            for _ in range(200):
                link.sendall(b"a: " + b"x" * 30_000 + b"\r\n")
                time.sleep(0.005)


@pytest.fixture
def hasty(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that waits for headers for a third of a second only."""
    settings = Settings(header_seconds=0.3, drain_seconds=1)
    with gateway_of(make_policy(provider), provider, tmp_path, settings) as gateway:
        yield gateway


@pytest.mark.parametrize("drip", [b"x", b"\r\n", b"1\r\nx\r\n"])
def test_who_was_answered_cannot_hold_a_connection_by_dripping(hasty: Gateway, drip: bytes) -> None:
    asked = {
        b"x": post(hasty, "content-length: 1000\r\n", "sw_bad"),  # the rest of a body
        b"\r\n": call(hasty),  # blank lines before a next request
        b"1\r\nx\r\n": post(hasty, CHUNKED, "sw_bad"),
    }
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as link:
        link.sendall(asked[drip])
        assert link.recv(65536).startswith(b"HTTP/1.1 ")
        with pytest.raises(OSError):
            for _ in range(40):
                time.sleep(0.1)
                link.sendall(drip)


def test_the_headers_of_a_second_request_have_their_time_too(hasty: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as link:
        link.sendall(call(hasty))
        assert link.recv(65536).startswith(b"HTTP/1.1 200 ")
        with pytest.raises(OSError):
            for piece in [b"GET /v1/models HTTP/1.1\r\nx: ", *[b"a"] * 40]:
                link.sendall(piece)
                time.sleep(0.1)


def test_a_late_body_ends_and_the_connection_goes_on(hasty: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as link:
        link.sendall(post(hasty, "content-length: 4\r\n", "sw_bad"))
        assert link.recv(65536).startswith(b"HTTP/1.1 401 ")
        link.sendall(b"{}{}")
        link.sendall(call(hasty))
        assert link.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("cut", [False, True])
def test_an_offer_of_another_protocol_is_left_aside(gateway: Gateway, cut: bool) -> None:
    """Java's client offers HTTP/2 with its first request, whose body is read all the same."""
    head = post(gateway, f"{OFFER}content-length: {len(CHAT)}\r\n")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(head if cut else head + CHAT)
        if cut:
            time.sleep(0.1)
            link.sendall(CHAT)
        assert link.recv(65536).startswith(b"HTTP/1.1 200 ")
        link.sendall(call(gateway))
        assert link.recv(65536).startswith(b"HTTP/1.1 200 ")
    both = OFFER.replace("Upgrade, ", "close, Upgrade, ")
    answer = talk(gateway, post(gateway, f"{both}content-length: {len(CHAT)}\r\n") + CHAT)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"connection: close" in answer


def test_many_offers_in_one_piece_are_all_left_aside(gateway: Gateway) -> None:
    """None of them is read within another: that would end at the deepest."""
    many = 700
    offers = call(gateway, "connection: Upgrade\r\nupgrade: h2c\r\n") * many
    answer = talk(gateway, offers + call(gateway, "connection: close\r\n"))
    assert answer.count(b"HTTP/1.1 200 ") == many + 1


@pytest.fixture
def narrow(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway for two connections."""
    settings = Settings(max_connections=2, drain_seconds=1)
    with gateway_of(make_policy(provider), provider, tmp_path, settings) as gateway:
        yield gateway


def test_one_connection_too_many_gets_an_error_of_ours(narrow: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", narrow.port), timeout=10):
        answer = talk(narrow, call(narrow))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ") and b"retry-after: 1" in head
    assert json.loads(body)["error"]["code"] == "overloaded"
