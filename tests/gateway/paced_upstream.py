"""A simulated provider as a process of its own: it answers at the pace that its prompt asks for.

The last message is JSON: `chunks` of `text`, one every `pace` seconds; with `gate` the chunks go on
until POST /release. GET /stats counts what it was asked. `python paced_upstream.py` prints a port.
"""

import asyncio
import json
import sys
from typing import Any

TOKENS = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}


class Upstream:
    """What was asked: requests, streams open now, at once at most, ended, left by the client."""

    def __init__(self) -> None:
        self.stats = {"requests": 0, "open": 0, "most": 0, "done": 0, "left": 0}
        self.gate = asyncio.Event()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    (int(line.split(":")[1]) for line in head.split("\r\n")
                     if line.lower().startswith("content-length:")), 0,
                )  # fmt: skip
                body = await reader.readexactly(length)
                await self.request(head.split(" ")[1], body, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def request(
        self, path: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if path == "/release":
            self.gate.set()
        if path in ("/release", "/stats"):
            await send(writer, json.dumps(self.stats).encode())
            return
        self.stats["requests"] += 1
        asked = json.loads(body)
        try:
            wanted = json.loads(asked["messages"][-1]["content"])
        except ValueError:
            wanted = {}
        if asked.get("stream"):
            await self.stream(wanted, reader, writer)
        else:
            message = {"role": "assistant", "content": wanted.get("text", "Hello.")}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            await send(writer, json.dumps({"choices": [choice], "usage": TOKENS}).encode())

    async def stream(
        self, wanted: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        stats = self.stats
        stats["open"] += 1
        stats["most"] = max(stats["most"], stats["open"])
        gone = asyncio.ensure_future(reader.read(1))
        try:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                         b"transfer-encoding: chunked\r\n\r\n")  # fmt: skip
            number = 0
            while number < wanted.get("chunks", 3) or (
                wanted.get("gate") and not self.gate.is_set()
            ):
                text = wanted.get("text", "A sentence that is released. One that waits. ")
                await event(writer, {"choices": [{"index": 0, "delta": {"content": text}}]})
                number += 1
                await self.pause(wanted.get("pace", 0.0), gone)
            last = {"index": 0, "delta": {}, "finish_reason": "stop"}
            await event(writer, {"choices": [last], "usage": TOKENS})
            writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            await writer.drain()
            stats["done"] += 1
        except ConnectionError:
            stats["left"] += 1
            raise
        finally:
            stats["open"] -= 1
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def pause(self, seconds: float, gone: asyncio.Future[bytes]) -> None:
        """Wait, until the gate opens or the client leaves. Raises ConnectionResetError."""
        if seconds and not self.gate.is_set():
            opened = asyncio.ensure_future(self.gate.wait())
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait((opened, gone), timeout=seconds, return_when=first)
            opened.cancel()
        if gone.done():
            raise ConnectionResetError


async def event(writer: asyncio.StreamWriter, value: dict[str, Any]) -> None:
    data = f"data: {json.dumps(value)}\n\n".encode()
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))
    await writer.drain()


async def send(writer: asyncio.StreamWriter, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    writer.write(head % len(body) + body)
    await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(Upstream().connection, "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
