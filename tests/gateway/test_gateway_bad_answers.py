"""Providers that answer early, twice, without end or with holes: nobody gets what is not theirs."""

import asyncio
import gzip
import os
import time
import zlib

import pytest
from raw_provider import CHUNKED, OK, Provider, asked, running, whole

from seawall.gateway.http.errors import AnswerError, BrokenError, ClosedError, SlowError
from seawall.gateway.http.response import Times

pytestmark = pytest.mark.once

PACKED = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n"
HELLO = gzip.compress(b"hello" * 9, mtime=0)


@pytest.mark.parametrize(
    ("status", "size"), [(400, 1_000), (413, 200_000), (307, 1_000), (400, 9_000_000),
                         (200, 9_000_000)],
)  # fmt: skip
async def test_a_body_that_was_not_read_is_never_a_request(status: int, size: int) -> None:
    """The provider answers before it has read the body, and takes that for more requests."""
    smuggled = b"POST /v1/x HTTP/1.1\r\nx-of: a file\r\n\r\n"
    seen: list[bytes] = []

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                seen.append(head)
                if b"x-of: a file" in head:
                    writer.write(OK.replace(b"ok", b"no"))
                elif head.endswith(b"content-length: 2\r\n\r\n"):
                    writer.write(OK)
                else:
                    writer.write(OK.replace(b"200", b"%d" % status))
                    await asyncio.sleep(0.2)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    async with running(provider) as (pool, url):
        refused = await asked(pool, url, smuggled + b"x" * size)
        assert refused.status == status
        await whole(refused)
        assert await whole(await asked(pool, url)) == b"ok"


@pytest.mark.parametrize("endless", [b"0\r\nx-t: ", b"1;x="])
async def test_what_is_no_body_ends_an_answer_soon(endless: bytes) -> None:
    """Trailers and what stands beside a chunk's size are limited as the head is."""
    sent = 0

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"{}")
        writer.write(CHUNKED + b"2\r\nok\r\n" + endless)
        try:
            for _ in range(200):
                writer.write(b"a" * 65536)
                await writer.drain()
                sent += 1
        except ConnectionError:
            pass
        writer.close()

    async with running(provider) as (pool, url):
        with pytest.raises(AnswerError):
            await whole(await asked(pool, url))
    assert sent < 100


async def test_a_large_body_of_small_chunks_is_no_head() -> None:
    pieces = [CHUNKED, *[b"1\r\nx\r\n" * 20_000 for _ in range(8)], b"0\r\n\r\n"]
    async with running(Provider(pieces)) as (pool, url):
        assert len(await whole(await asked(pool, url))) == 160_000


async def test_a_second_answer_that_nobody_has_read_yet_is_never_taken_for_the_next() -> None:
    """It stands in the socket when the next request is made; the event loop had no turn."""
    more = asyncio.Event()

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(OK)
        if not more.is_set():
            await more.wait()
            os.write(writer.get_extra_info("socket").fileno(), OK.replace(b"ok", b"no"))
            ready.set_result(None)
            await reader.read(1)
        writer.close()

    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with running(provider) as (pool, url):
        assert await whole(await asked(pool, url)) == b"ok"
        more.set()
        await ready
        assert await whole(await asked(pool, url)) == b"ok"


def parts_of(count: int, size: int) -> bytes:
    """Return `count` chunks that unpack to `size` zeros each, one gzip body together."""
    pack = zlib.compressobj(9, wbits=31)
    packed = [pack.compress(bytes(size)) + pack.flush(zlib.Z_SYNC_FLUSH) for _ in range(count)]
    return b"".join(b"%x\r\n%b\r\n" % (len(x), x) for x in [*packed, pack.flush()])


async def test_many_chunks_of_one_read_unpack_to_no_more_than_one() -> None:
    body = parts_of(8, 6_000_000)
    assert len(body) < 60_000
    head = PACKED + b"transfer-encoding: chunked\r\n\r\n"
    async with running(Provider(head + body + b"0\r\n\r\n")) as (pool, url):
        response = await asked(pool, url)
        with pytest.raises(AnswerError):
            await whole(response)


async def test_a_packed_body_of_many_reads_may_be_larger_than_one_may_grow() -> None:
    body = parts_of(3, 8_000_000)
    cut = len(body) // 2  # the second part stands on both sides of it
    head = PACKED + b"transfer-encoding: chunked\r\n\r\n"
    go_on = asyncio.Event()

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(head + body[:cut])
        await go_on.wait()
        writer.write(body[cut:] + b"0\r\n\r\n")
        writer.close()

    async with running(provider) as (pool, url):
        response = await asked(pool, url)
        first = await response.piece()
        go_on.set()
        assert len(first) + len(await whole(response)) == 24_000_000


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (HELLO[:-10], BrokenError),
        (HELLO[:-1], BrokenError),
        (HELLO + HELLO, AnswerError),
        (HELLO + b"x", AnswerError),
    ],
    ids=["cut", "without its last byte", "two", "and more"],
)
async def test_a_packed_body_is_whole_and_nothing_else(body: bytes, error: type[Exception]) -> None:
    raw = PACKED + b"content-length: %d\r\n\r\n" % len(body) + body
    async with running(Provider(raw)) as (pool, url):
        with pytest.raises(error):
            await whole(await asked(pool, url))


async def test_an_empty_body_may_be_called_packed() -> None:
    async with running(Provider(PACKED + b"content-length: 0\r\n\r\n")) as (pool, url):
        assert await whole(await asked(pool, url)) == b""


async def test_the_whole_time_holds_while_the_reader_is_behind() -> None:
    big = PACKED.replace(b"gzip", b"identity") + b"content-length: 9000000\r\n\r\n" + b"x" * 500_000
    async with running(Provider(big, stay=True)) as (pool, url):
        began = time.monotonic()
        response = await asked(pool, url, times=Times(5.0, 0.4, 0.5))
        await asyncio.sleep(0.65)
        with pytest.raises(SlowError):
            await response.piece()
        assert time.monotonic() - began < 2
        response.close()


async def test_a_fresh_connection_that_breaks_is_asked_once() -> None:
    seen = 0

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        await reader.readuntil(b"{}")
        seen += 1
        writer.close()

    async with running(provider) as (pool, url):
        with pytest.raises(ClosedError):
            await asked(pool, url)
    assert seen == 1


async def test_the_body_of_an_interim_answer_is_nobodys() -> None:
    interim = b"HTTP/1.1 150 Wait\r\ncontent-length: 5\r\n\r\nHELLO"
    async with running(Provider(interim + OK)) as (pool, url):
        assert await whole(await asked(pool, url)) == b"ok"
