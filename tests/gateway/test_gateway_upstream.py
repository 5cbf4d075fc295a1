"""Connections to the provider: kept, closed while idle, broken, slow, and answers cut anywhere."""

import asyncio
import datetime
import gzip
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from raw_provider import CHUNKED, OK, Provider, asked, running, whole

from seawall.gateway.http.errors import (
    AnswerError,
    BrokenError,
    ClosedError,
    ConnectError,
    HttpError,
    SlowError,
)
from seawall.gateway.http.form import FormBody
from seawall.gateway.http.pool import Pool
from seawall.gateway.http.response import Times
from seawall.wire.direct import Outgoing
from seawall.wire.form import Upload

pytestmark = pytest.mark.once


class Closing(Provider):
    """Answers `good` requests a connection and closes it on the next one."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(self.good):
            self.requests.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
            writer.write(OK)
        await reader.read(1)
        writer.close()


async def test_a_connection_closed_while_idle_costs_no_request() -> None:
    provider = Closing(good=1)
    async with running(provider) as (pool, url):
        assert [await whole(await asked(pool, url)) for _ in range(4)] == [b"ok"] * 4
    assert len(provider.requests) == 4


async def test_a_provider_that_always_closes_is_an_error() -> None:
    async with running(Closing(good=0)) as (pool, url):
        with pytest.raises(ClosedError):
            await asked(pool, url)


async def test_a_connection_is_kept_and_says_what_it_must() -> None:
    provider = Provider(OK, OK, OK)
    async with running(provider) as (pool, url):
        for _ in range(3):
            assert await whole(await asked(pool, url, authorization="Bearer k")) == b"ok"
    assert provider.connections == 1
    head = provider.requests[0].decode()
    assert head.startswith("POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1:")
    assert "\r\nauthorization: Bearer k\r\n" in head and head.endswith("\r\n\r\n{}")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_the_provider_does_not_keep_is_not_used_again(
    answer: bytes,
) -> None:
    provider = Provider(answer, OK, stay=True)
    async with running(provider) as (pool, url):
        assert await whole(await asked(pool, url)) == b"ok"
        assert await whole(await asked(pool, url)) == b"ok"
    assert provider.connections == 2


FORMS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
    "chunked": CHUNKED + b"6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nx-end: 1\r\n\r\n",
    "until it closes": b"HTTP/1.1 200 OK\r\n\r\nhello world",
    "after an interim answer": b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
    b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
}


@pytest.mark.parametrize("form", FORMS)
async def test_an_answer_reads_the_same_wherever_it_is_cut(form: str) -> None:
    raw = FORMS[form]
    cuts = range(1, len(raw), 3)
    for cut in cuts:
        async with running(Provider([raw[:cut], raw[cut:]])) as (pool, url):
            response = await asked(pool, url)
            assert response.status == 200
            assert await whole(response) == b"hello world"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello",
        CHUNKED + b"6\r\nhello \r\n",
        CHUNKED + b"6\r\nhel",
    ],
)
async def test_an_answer_that_ends_too_early_is_broken(raw: bytes) -> None:
    async with running(Provider(raw)) as (pool, url):
        response = await asked(pool, url)
        with pytest.raises(BrokenError):
            await whole(response)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x-much: " + b"y" * 70_000,
    ],
)
async def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    async with running(Provider(raw, stay=True)) as (pool, url):
        with pytest.raises(AnswerError):
            await whole(await asked(pool, url))


@pytest.mark.parametrize("gap", [[OK + OK], [OK, OK], [OK + b"junk"]])
async def test_a_second_answer_to_one_request_is_never_taken_for_the_next(
    gap: list[bytes],
) -> None:
    evil = [piece.replace(b"ok", b"no") if i else piece for i, piece in enumerate(gap)]
    provider = Provider(evil, OK, stay=True)
    async with running(provider) as (pool, url):
        assert await whole(await asked(pool, url)) == b"ok"
        await asyncio.sleep(0.02)
        assert await whole(await asked(pool, url)) == b"ok"
    assert provider.connections == 2


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        ([], Times(0.3, 9.0, 9.0)),
        ([OK[:-1]], Times(9.0, 0.1, 9.0)),
        ([OK[:-1]], Times(9.0, 9.0, 0.3)),
        ([], Times(9.0, 9.0, 0.3)),
    ],
)
async def test_each_phase_has_its_time(answer: list[bytes], times: Times) -> None:
    provider = Provider(answer, stay=True)
    async with running(provider) as (pool, url):
        with pytest.raises(SlowError):
            await whole(await asked(pool, url, times=times))
        await asyncio.wait_for(provider.left.wait(), 2)


async def test_a_slow_answer_that_goes_on_is_within_its_time() -> None:
    pieces = [CHUNKED, *[b"1\r\nx\r\n" for _ in range(40)], b"0\r\n\r\n"]
    async with running(Provider(pieces)) as (pool, url):
        assert await whole(await asked(pool, url, times=Times(9.0, 0.03, 9.0))) == b"x" * 40


async def test_who_takes_an_answer_in_is_called_until_there_is_something_to_do() -> None:
    pieces = [CHUNKED, *[b"1\r\n%c\r\n" % letter for letter in b"abcdef"], b"0\r\n\r\n"]
    async with running(Provider(pieces)) as (pool, url):
        response = await asked(pool, url)
        found = b""

        def take(piece: bytes) -> bool:
            nonlocal found
            found += piece
            return b"c" in piece

        assert await response.into(take)
        assert found.startswith(b"abc")
        assert not await response.into(take)
        assert found == b"abcdef"
        assert not await response.into(take)


async def test_an_answer_that_breaks_while_it_is_taken_in_is_told() -> None:
    async with running(Provider([CHUNKED + b"1\r\nx\r\n"])) as (pool, url):
        response = await asked(pool, url)
        found = bytearray()
        with pytest.raises(BrokenError):
            await response.into(lambda piece: bool(found.extend(piece)))
        assert found == b"x"


async def test_the_provider_hears_when_an_answer_is_left() -> None:
    provider = Provider([CHUNKED + b"1\r\nx\r\n"], stay=True)
    async with running(provider) as (pool, url):
        response = await asked(pool, url)
        assert await response.piece() == b"x"
        response.close()
        await asyncio.wait_for(provider.left.wait(), 2)
        with pytest.raises(BrokenError):
            await response.piece()


async def test_the_provider_hears_when_who_waits_is_cancelled() -> None:
    provider = Provider([], stay=True)
    async with running(provider) as (pool, url):
        task = asyncio.ensure_future(asked(pool, url))
        await provider.asked.wait()
        task.cancel()
        await asyncio.wait_for(provider.left.wait(), 2)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_who_does_not_read_makes_the_provider_wait() -> None:
    sent = 0

    async def provider(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"{}")
        writer.write(CHUNKED)
        for _ in range(400):
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()
            sent += 1
        writer.write(b"0\r\n\r\n")

    async with running(provider) as (pool, url):
        response = await asked(pool, url, times=Times(5.0, 0.05, 9.0))
        await asyncio.sleep(0.3)
        assert sent < 300
        assert len(await whole(response)) == 400 * 65536


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_a_packed_body_is_unpacked(pack: Callable[[bytes], bytes]) -> None:
    body, kind = pack(b"hello" * 9), b"gzip" if pack is gzip.compress else b"deflate"
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\ncontent-length: %d\r\n\r\n"
    async with running(Provider([head % (kind, len(body)) + body[:7], body[7:]])) as (pool, url):
        assert await whole(await asked(pool, url)) == b"hello" * 9


async def test_a_body_that_unpacks_without_end_is_refused() -> None:
    body = gzip.compress(bytes(40_000_000), 9)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with running(Provider(head + body)) as (pool, url):
        response = await asked(pool, url)
        with pytest.raises(HttpError):
            size = 0
            while piece := await response.piece():
                size += len(piece)
        assert size < 40_000_000
        response.close()


async def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pool = Pool()
    with pytest.raises(ConnectError):
        await asked(pool, f"http://127.0.0.1:{port}/v1")
    with pytest.raises(ConnectError):
        await asked(pool, "http://no-such-host.invalid/v1")


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "ä"])
async def test_no_header_can_bring_another_one(value: str) -> None:
    provider = Provider(OK)
    async with running(provider) as (pool, url):
        with pytest.raises(HttpError):
            await asked(pool, url, **{"x-id": value})
    assert not provider.requests


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's settings for 127.0.0.1, and the file of the root that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    root, secret = folder / "root.pem", folder / "key.pem"
    root.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root, secret)
    return context, root


async def test_tls_needs_a_root_that_the_system_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, root = certificate(tmp_path)
    provider = Provider(OK, OK)
    async with running(provider, context) as (pool, url):
        with pytest.raises(ConnectError):
            await asked(pool, url)
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        trusting = Pool()
        assert await whole(await asked(trusting, url)) == b"ok"
        with pytest.raises(ConnectError):
            await asked(trusting, url.replace("127.0.0.1", "localhost"))
        trusting.close()
    assert len(provider.requests) == 1


async def test_a_form_is_written_so_that_no_name_leaves_its_quotes() -> None:
    upload = Upload(field="file", name='a"\r\nx: y.txt', media_type="text/plain", data=b"data")
    form = FormBody(Outgoing(pairs=[("purpose", "batch")], uploads=[upload]))
    provider = Provider(OK)
    async with running(provider) as (pool, url):
        assert await whole(await asked(pool, url, form)) == b"ok"
    head, _, body = provider.requests[0].partition(b"\r\n\r\n")
    boundary = form.content_type.partition("boundary=")[2].encode()
    assert b"content-type: " + form.content_type.encode() in head
    first, second, end = body.removeprefix(b"--" + boundary).split(b"--" + boundary)
    assert first == b'\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    assert b'filename="a%22%0D%0Ax: y.txt"\r\ncontent-type: text/plain\r\n\r\ndata\r\n' in second
    assert end == b"--\r\n"
