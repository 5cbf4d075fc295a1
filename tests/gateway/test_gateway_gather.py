"""What cannot go on yet gathers while the event loop is busy, and only then."""

import asyncio
import time

import pytest
from raw_provider import CHUNKED, asked, running

from seawall.gateway.http.gather import Gather, Load

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("share", "flows", "few"),
    [
        (0.0, False, False),
        (0.05, False, False),
        (0.2, False, True),
        (1.0, False, True),
        (0.5, True, False),
        (1.0, True, True),
    ],
)
async def test_what_comes_quickly_gathers_where_the_loop_is_busy(
    share: float, flows: bool, few: bool
) -> None:
    ready, reads = asyncio.Event(), 0

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(CHUNKED)
        await ready.wait()
        for _ in range(300):
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.0005)
        writer.write(b"0\r\n\r\n")

    async with running(provider) as (pool, url):
        pool._gather._load.share = lambda _: share  # type: ignore[method-assign]
        response = await asked(pool, url)
        found, heard = bytearray(), response.heard

        def counted() -> None:
            nonlocal reads
            reads += 1
            heard()

        response.heard = counted  # type: ignore[method-assign]

        def take(piece: bytes) -> bool:
            found.extend(piece)
            if flows:
                response.passed()
            return False

        ready.set()
        assert not await response.into(take)
        assert found == b"x" * 300
        assert (reads < 100) is few


async def test_streams_that_gather_go_on_together() -> None:
    gather, resumed, both = Gather(), list[str](), asyncio.Event()
    gather.wait(0.05, lambda: resumed.append("first"))
    await asyncio.sleep(0.02)
    gather.wait(60.0, lambda: (resumed.append("second"), both.set()))
    await asyncio.wait_for(both.wait(), 10)
    assert resumed == ["first", "second"]


def test_a_thread_that_computes_is_busy_and_one_that_sleeps_is_not() -> None:
    load = Load()
    load.share(time.monotonic())
    end = time.thread_time() + 0.05
    began = time.monotonic()
    while time.thread_time() < end:
        pass
    assert load.share(began + 0.1) > 0.4
    assert load.share(began + 0.15) > 0.4  # not looked at again so soon
    assert load.share(began + 60.0) < 0.1
