"""Comments on a quiet stream end with it, at whatever moment that is."""

import asyncio
from typing import cast

import pytest

from seawall.gateway.keep_alive import COMMENT, keep_alive
from seawall.gateway.responder import Responder

pytestmark = pytest.mark.once

SECONDS = 0.01


class Client:
    """Notes what is written; `slow`: each write waits so long, for a client that takes little."""

    def __init__(self, slow: float = 0.0) -> None:
        self.slow, self.written, self.pieces = slow, 0.0, list[bytes]()
        self.heard = asyncio.Event()

    async def write(self, body: bytes) -> None:
        self.written = asyncio.get_running_loop().time()
        self.pieces.append(body)
        self.heard.set()
        await asyncio.sleep(self.slow)


def kept(client: Client) -> keep_alive:
    return keep_alive(cast(Responder, client), SECONDS)


@pytest.mark.parametrize("slow", [0.0, 0.03])
async def test_no_comment_comes_after_the_end(slow: float) -> None:
    client = Client(slow)
    async with kept(client):
        await asyncio.sleep(5 * SECONDS)
    count = len(client.pieces)
    assert count and set(client.pieces) == {COMMENT}
    await asyncio.sleep(6 * SECONDS)
    assert len(client.pieces) == count


async def test_a_comment_that_falls_due_while_the_block_ends_is_not_written() -> None:
    client = Client()
    block = kept(client)
    await block.__aenter__()
    await client.heard.wait()
    await asyncio.sleep(0)
    client.written, before = 0.0, len(client.pieces)
    assert block._timer is not None
    block._timer.cancel()
    block._timer = asyncio.get_running_loop().call_later(0, block._due)  # while it ends
    await block.__aexit__(None, None, None)
    await asyncio.sleep(4 * SECONDS)
    assert len(client.pieces) == before


async def test_who_is_cancelled_while_the_block_ends_leaves_no_timer() -> None:
    client = Client()
    block = kept(client)
    await block.__aenter__()
    await client.heard.wait()

    async def leave() -> None:
        await block.__aexit__(None, None, None)

    task = asyncio.ensure_future(leave())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    before = len(client.pieces)
    await asyncio.sleep(4 * SECONDS)
    assert len(client.pieces) == before
