"""Connections to the provider: one closed while idle costs no request, one that breaks is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from seawall.gateway.steps import upstream

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Closing:
    """A provider that answers `good` requests a connection and closes it on the next one."""

    def __init__(self, good: int) -> None:
        self.good, self.seen = good, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(self.good):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split()[0]))
            self.seen += 1
            writer.write(ANSWER)
        await reader.read(1)
        writer.close()


@asynccontextmanager
async def running(provider: Closing) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        yield session, f"http://127.0.0.1:{port}/"
    server.close()


async def ask(session: aiohttp.ClientSession, url: str) -> str:
    async with await upstream._posted(
        session, "POST", url, 5.0, data=b"{}", headers={}
    ) as response:
        return await response.text()


async def test_a_connection_closed_while_idle_costs_no_request() -> None:
    provider = Closing(good=1)
    async with running(provider) as (session, url):
        assert [await ask(session, url) for _ in range(4)] == ["ok"] * 4
    assert provider.seen == 4


async def test_a_provider_that_always_closes_is_an_error() -> None:
    async with running(Closing(good=0)) as (session, url):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await ask(session, url)
