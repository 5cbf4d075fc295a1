"""Many large bodies at once fill no memory: what they may hold together is limited."""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_support import until
from gateway_support import Gateway, Provider, gateway_of, make_policy

from seawall.gateway.body import FullError, Room
from seawall.gateway.settings import Settings

MIB = 1024 * 1024


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes that the room has counted, as bodies came."""
    sizes: list[int] = []
    take = Room.take

    def watched(room: Room, function: str, before: int, after: int) -> None:
        take(room, function, before, after)
        sizes.append(after)

    monkeypatch.setattr(Room, "take", watched)
    return sizes


@pytest.fixture
def small(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with room for 4 MiB beyond the first of each body."""
    provider.reset()
    settings = Settings(max_bodies=4 * MIB, drain_seconds=1)
    with gateway_of(make_policy(provider), provider, tmp_path, settings) as gateway:
        yield gateway


@contextlib.contextmanager
def begun(gateway: Gateway, key: str, size: int) -> Iterator[None]:
    """Send so much of a body that never ends."""
    head = (
        f"POST /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        f"content-type: multipart/form-data; boundary=B\r\ncontent-length: {60 * MIB}\r\n\r\n"
        '--B\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(head.encode() + b"word " * (size // 5))
        yield


def asked(gateway: Gateway, key: str, size: int) -> tuple[int, str, str | None]:
    """Ask a chat of so many bytes; return status, error code and `retry-after`."""
    said = [{"role": "user", "content": "word " * (size // 5)}]
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    body = json.dumps({"model": "other", "messages": said})
    link.request("POST", "/v1/chat/completions", body, {"authorization": f"Bearer {key}"})
    answer = link.getresponse()
    value = json.loads(answer.read())
    link.close()
    return answer.status, value.get("error", {}).get("code", ""), answer.headers["retry-after"]


def test_large_bodies_have_a_room_of_which_a_function_has_half(
    small: Gateway, counted: list[int]
) -> None:
    chat, batch = small.keys["chat"], small.keys["batch"]
    with begun(small, chat, 2 * MIB + MIB // 2):
        # Asked sooner, the second body would have the room that the first one needs.
        until(lambda: max(counted, default=0) > 2 * MIB + MIB // 4)
        assert asked(small, chat, 2 * MIB) == (503, "overloaded", "2")
        assert asked(small, chat, 1000)[0] == 200
        # It may be too much for the guard in its time, not for the room.
        assert asked(small, batch, 2 * MIB)[1] != "overloaded"
    until(lambda: asked(small, chat, 2 * MIB)[1] != "overloaded")


def test_a_room_is_counted_beyond_what_is_small_and_given_back() -> None:
    room = Room(100, small=10)
    room.take("a", 0, 60)
    with pytest.raises(FullError):
        room.take("a", 60, 61)
    room.take("b", 0, 10)
    room.take("b", 10, 60)
    with pytest.raises(FullError):
        room.take("c", 0, 11)
    room.give("a", 60)
    room.take("c", 0, 60)
    room.give("b", 60)
    room.give("c", 60)
    room.take("a", 0, 60)
