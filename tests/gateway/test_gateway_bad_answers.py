"""Providers that answer early, twice, without end or with holes: nobody gets what is not theirs."""

import asyncio

import pytest
from raw_provider import OK, asked, running, whole


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
