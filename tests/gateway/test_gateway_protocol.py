"""A whole answer leaves in one piece, and says the same as uvicorn's two."""

import gc
import json
import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest
from gateway_support import USAGE, Gateway, chunks
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from seawall.gateway.call import Call
from seawall.gateway.protocol import Direct

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
