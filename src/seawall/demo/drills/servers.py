"""The two servers of a drill on loopback ports: a provider that answers by script, a gateway."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from seawall.core.errors import MissingPartError

_START_SECONDS = 30.0
Reply = dict[str, Any]


@contextlib.contextmanager
def serving(config: uvicorn.Config) -> Iterator[str]:
    """Run a server in a thread of its own; yields its address. Raises MissingPartError."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        end = time.monotonic() + _START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < end:
            time.sleep(0.005)
        if not server.started:
            raise MissingPartError("A server of the drill did not start.")
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)


def said(text: str | None, *calls: tuple[str, dict[str, Any]]) -> Reply:
    """Return a chat answer with a text and calls of tools."""
    message: Reply = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{number}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(arguments)}}
            for number, (name, arguments) in enumerate(calls)
        ]  # fmt: skip
    choice = {"index": 0, "finish_reason": "tool_calls" if calls else "stop", "message": message}
    return {
        "id": "chatcmpl-drill", "object": "chat.completion", "created": 1, "model": "drill",
        "choices": [choice],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
    }  # fmt: skip


class Upstream:
    """A provider that knows no guard: it answers whoever asks, and remembers what was asked.

    `answer` makes the chat answer from the request. At `/down` it fails every time; with `slots`
    it answers one chat at a time, in the order in which they came, once `open` is set.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.failed = 0
        self.answer: Callable[[dict[str, Any]], Reply] = lambda _: said("Hello.")
        self.slow = False
        self.open = threading.Event()
        self._files: dict[str, str] = {}
        self._turn: asyncio.Lock | None = None

    def config(self) -> uvicorn.Config:
        """Return the settings of its server."""
        routes = [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/down/v1/chat/completions", self._down, methods=["POST"]),
            Route("/v1/files", self._upload, methods=["POST"]),
            Route("/v1/files/{id}", self._file, methods=["GET"]),
        ]
        return uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off")

    async def _chat(self, request: Request) -> Response:
        body = json.loads(await request.body())
        if self.slow:
            self._turn = self._turn or asyncio.Lock()
            async with self._turn:
                self.asked.append(body)
                await asyncio.to_thread(self.open.wait, _START_SECONDS)
                await asyncio.sleep(0.02)
        else:
            self.asked.append(body)
        return _json(self.answer(body))

    async def _down(self, _: Request) -> Response:
        self.failed += 1
        return _json({"error": {"message": "down", "type": "server_error"}}, 500)

    async def _upload(self, request: Request) -> Response:
        form = await request.form()
        name = f"file-{len(self._files) + 1}"
        self._files[name] = getattr(form["file"], "filename", None) or ""
        return _json(self._about(name))

    async def _file(self, request: Request) -> Response:
        name = request.path_params["id"]
        return _json(self._about(name)) if name in self._files else _json({}, 404)

    def _about(self, name: str) -> Reply:
        return {
            "id": name, "object": "file", "created_at": 1, "status": "processed", "bytes": 9,
            "filename": self._files[name], "purpose": "user_data",
        }  # fmt: skip

    @property
    def stored(self) -> int:
        """How many files it was given."""
        return len(self._files)


class AskingServer:
    """A tool server over HTTP that asks the client for `asks` before it answers a request.

    `told` are the messages that answer what it asked.
    """

    def __init__(self) -> None:
        self.asks = ""
        self.told: list[dict[str, Any]] = []

    def config(self) -> uvicorn.Config:
        """Return the settings of its server; MCP is at /mcp."""
        routes = [Route("/mcp", self._serve, methods=["POST"])]
        return uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off")

    async def _serve(self, request: Request) -> Response:
        message = json.loads(await request.body())
        if "method" not in message:
            self.told.append(message)
            return Response(status_code=202)
        asked = {"jsonrpc": "2.0", "id": "asked", "method": self.asks, "params": {}}
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": {"tools": []}}

        async def events() -> AsyncIterator[str]:
            for one in (asked, answer):
                yield f"event: message\ndata: {json.dumps(one)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
