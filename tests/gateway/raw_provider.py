"""A provider as a raw server that answers what a test says, and a pool that asks it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from seawall.gateway.http.pool import Body, Pool
from seawall.gateway.http.response import Response, Times

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Provider:
    """Answers each request with the next of `answers` (pieces, a pause between), then closes."""

    def __init__(self, *answers: bytes | list[bytes], stay: bool = False) -> None:
        self.answers, self.stay = list(answers), stay
        self.requests: list[bytes] = []
        self.connections = 0
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
                self.requests.append(head + await reader.readexactly(int(length or 0)))
                self.asked.set()
                answer = self.answers.pop(0)
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    writer.write(piece)
                    await asyncio.sleep(0.001)
            if self.stay:
                await reader.read(1)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.left.set()
            writer.close()


@asynccontextmanager
async def running(
    provider: Handler, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Pool, str]]:
    server = await asyncio.start_server(provider, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    pool = Pool()
    yield pool, f"http{'s' if tls else ''}://127.0.0.1:{port}/v1"
    pool.close()
    server.close()


async def asked(
    pool: Pool, url: str, body: Body = b"{}", times: Times | None = None, **headers: str
) -> Response:
    return await pool.request(
        "POST", url, "/x", headers=headers, body=body, times=times or Times(5.0, 5.0, 5.0),
        connect_seconds=5.0,
    )  # fmt: skip


async def whole(response: Response) -> bytes:
    pieces = []
    try:
        while piece := await response.piece():
            pieces.append(piece)
    finally:
        response.close()
    return b"".join(pieces)
