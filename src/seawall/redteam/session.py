"""The HTTP connections of a target, open while it is used as a context manager."""

from types import TracebackType
from typing import Self

import aiohttp


class HttpSession:
    """Base of targets that speak HTTP: `session` is there inside the `async with` block."""

    def __init__(
        self, timeout: aiohttp.ClientTimeout, *, connections: int = 100, cookies: bool = True
    ) -> None:
        self._timeout, self._connections, self._cookies = timeout, connections, cookies
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Return the open session. Raises RuntimeError outside of the `async with` block."""
        if self._session is None:
            raise RuntimeError("use the target as an async context manager")
        return self._session

    def apart(self) -> aiohttp.ClientSession:
        """Return a session with a cookie jar of its own on the same connections; close it."""
        # `unsafe` keeps cookies of addresses such as 127.0.0.1 too.
        return aiohttp.ClientSession(
            timeout=self._timeout, connector=self.session.connector, connector_owner=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=self._connections)
        jar = None if self._cookies else aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(
            timeout=self._timeout, connector=connector, cookie_jar=jar
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()


async def read_whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return a body of at most `most` bytes, however many pieces it comes in.

    Raises ValueError for a longer one: half an answer is none.
    """
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > most:
            raise ValueError(f"The answer is longer than {most} bytes.")
        pieces.append(piece)
    return b"".join(pieces)
