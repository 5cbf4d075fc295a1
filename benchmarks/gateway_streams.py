"""How late a gateway's streams are: the first text at 16 streams, the largest gap at 64.

The provider sends a chunk every 10 ms, the first after 20 ms. Each chunk ends a sentence and begins
the next: what a longer sentence holds back is the guard's doing, not the gateway's delay. Client,
provider and gateway share the machine; the client asks the provider itself too, in turns.

Streams of a busy gateway begin one after another: 16 clients, whose starts are spread over one
stream's length, ask again and again. All 16 at the same moment are the worst case: the last of them
waits until 15 others were read, judged and sent on by one core.
"""

import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import chain

from benchmarks.gateway_cost import POLICY, Gateway, _length, _piece, _request, _soon

CHUNKS = 40
FIRST_SECONDS, GAP_SECONDS = 0.02, 0.01
FIRST_MS, LARGEST_MS = 2.0, 25.0
ROUNDS = int(os.environ.get("SEAWALL_STREAM_ROUNDS", "6"))
# So often each client asks in a round.
EACH = 2
_TEXT = "All is well. It"
Seen = tuple[float, float, float]
Streams = Callable[[int, str, int], Coroutine[None, None, list[Seen]]]


async def _paced(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of one connection with a stream that keeps its time."""
    kind = b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    loop = asyncio.get_running_loop()
    _soon(writer)
    try:
        while True:
            await reader.readexactly(_length(await reader.readuntil(b"\r\n\r\n")))
            due = loop.time() + FIRST_SECONDS
            for number in range(CHUNKS):
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += GAP_SECONDS
                text = _TEXT if number == 0 else " stays so. It"
                delta = {"choices": [{"index": 0, "delta": {"content": text}}]}
                head = b"HTTP/1.1 200 OK\r\n" + kind if number == 0 else b""
                writer.write(head + _piece(json.dumps(delta)))
            last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
            writer.write(_piece(json.dumps(last)) + _piece("[DONE]") + b"0\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


@contextlib.contextmanager
def _provider() -> Iterator[int]:
    """Run the provider in a thread of this process; yield its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await asyncio.start_server(_paced, sock=listener)

    loop.run_until_complete(run())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    listener.close()


async def _stream(port: int, key: str) -> Seen:
    """Return the seconds to a stream's first text, the largest gap between two reads of it, and the
    largest before the last read, which waits for a durable record.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()
    writer.write(_request(key, "Is all well? {n}", stream=True))
    if b" 200 " not in await reader.readline():
        raise RuntimeError("the stream was refused")
    await reader.readuntil(b"\r\n\r\n")
    await reader.readuntil(b'"content":')
    first = before = time.perf_counter()
    largest = inner = 0.0
    seen = b""
    while b"0\r\n\r\n" not in seen:
        piece = await reader.read(65536)
        if not piece:
            raise RuntimeError("the stream broke off")
        now = time.perf_counter()
        inner, largest, before = largest, max(largest, now - before), now
        seen = (seen + piece)[-64:]
    writer.close()
    return first - began, largest, inner


async def _at_once(port: int, key: str, count: int) -> list[Seen]:
    """Return what is seen of streams that all begin at the same moment."""
    return await asyncio.gather(*(_stream(port, key) for _ in range(count)))


async def _in_turn(port: int, key: str, count: int) -> list[Seen]:
    """Return what is seen of streams of clients that began one after another."""
    apart = (FIRST_SECONDS + CHUNKS * GAP_SECONDS) / count

    async def client(number: int) -> list[Seen]:
        await asyncio.sleep(number * apart)
        return [await _stream(port, key) for _ in range(EACH)]

    return list(chain.from_iterable(await asyncio.gather(*map(client, range(count)))))


def _seen(
    streams: Streams, gateway: Gateway, others: Sequence[int], count: int
) -> list[list[Seen]]:
    """Return what is seen of `count` streams at a time, ours and those of other ports, in turns."""
    ports = [(gateway.port, gateway.key), *((port, "none") for port in others)]
    found: list[list[Seen]] = [[] for _ in ports]
    for port, key in ports:
        asyncio.run(_at_once(port, key, count))
    for _ in range(ROUNDS):
        for seen, (port, key) in zip(found, ports, strict=True):
            seen += asyncio.run(streams(port, key, count))
    return found


@contextlib.contextmanager
def _relay(provider: int) -> Iterator[int]:
    """Run a relay to a port; yield its own."""
    command = [sys.executable, "-m", "benchmarks._relay", str(provider)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline() if process.stdout else 0)
    finally:
        process.terminate()
        process.wait(10)


def _rows(gateway: Gateway, provider: int) -> Iterator[tuple[str, float, float | None]]:
    """Yield what is measured, the milliseconds, and the limit."""
    with _relay(provider) as relay:
        for streams, when, limit in ((_in_turn, "", FIRST_MS), (_at_once, ", at once", None)):
            seen = _seen(streams, gateway, (provider, relay), 16)
            ours_ms, direct_ms, relay_ms = (
                statistics.median(x[0] for x in one) * 1000 for one in seen
            )
            yield f"first text, added, p50 of 16{when}", ours_ms - direct_ms, limit
            yield "the same, a relay that only copies", relay_ms - direct_ms, None
    ours, direct = _seen(_at_once, gateway, (provider,), 64)
    gaps, own = (sorted(x[1] for x in one) for one in (ours, direct))
    place = int(len(gaps) * 0.99)
    yield "largest gap, p99 of 64 streams", gaps[place] * 1000, LARGEST_MS
    yield "the same without a gateway", own[place] * 1000, None
    inner = sorted(x[2] for x in ours)
    yield "the same without the stream's end", inner[place] * 1000, None


def main() -> int:
    """Print each number beside its limit; 1 when one is beyond."""
    beyond = False
    with tempfile.TemporaryDirectory() as folder, _provider() as provider:
        policy = POLICY.format(url=f"http://127.0.0.1:{provider}/v1")
        gateway = Gateway(
            folder, "streams", policy.replace("max_concurrency: 64", "max_concurrency: 128")
        )
        try:
            for name, value, limit in _rows(gateway, provider):
                said = "" if limit is None else f"(limit {limit} ms)"
                print(f"{name:<40} {value:8.3f} ms {said}".rstrip(), flush=True)
                beyond = beyond or (limit is not None and value > limit)
        finally:
            gateway.stop()
    return int(beyond)


if __name__ == "__main__":
    sys.exit(main())
