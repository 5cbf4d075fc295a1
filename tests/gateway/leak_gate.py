"""A gateway without sockets of its own, over a scripted provider: thousands of requests in seconds.

Everything is real but the client's connection: the ASGI application, guard, store, audit log, and
HTTP to the provider. What the provider was sent is known by request id.
"""

import asyncio
import contextlib
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from gateway_support import ENV

from seawall.gateway.app import build_app
from seawall.gateway.settings import Settings
from seawall.guard import ocr
from seawall.guard.engine import GuardEngine
from seawall.policy.load import decode_policy
from seawall.store.audit import AuditLog
from seawall.store.chain import KEY_FILE
from seawall.store.db import open_store
from seawall.store.keys import create_key

POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {upstream}
    api_key_env: UPSTREAM_KEY
    timeout_seconds: 20
    max_concurrency: 64
    thought_signatures: true
    models:
      small: {{input_per_million: 1, output_per_million: 2, training_per_million: 3}}
  - name: claude
    kind: anthropic
    base_url: {upstream}
    api_key_env: UPSTREAM_KEY
    timeout_seconds: 20
    max_concurrency: 64
    models:
      claude: {{input_per_million: 1, output_per_million: 2}}
functions:
  chat: {{max_output_tokens: 500, limits: {{queue_seconds: 120}}}}
guards:
  - {{detector: custom, control: CTL-OWN, action: redact, stages: [system, input, document,
      tool-result, tool-definition, history, file, output, tool-call]}}
rules:
  - {{id: marker, expression: AKIAQ3EGRTZ5KLMNOP27, found: [AKIAQ3EGRTZ5KLMNOP27]}}
tools:
  unlisted: flag
  hosted:
    web_search: {{per_call: 0}}
    file_search: {{per_call: 0}}
    code_interpreter: {{per_call: 0}}
    image_generation: {{per_call: 0}}
    mcp: {{per_call: 0, hosts: [mcp.example.com], without_approval: true}}
conversations: {{keep_hours: 1}}
"""
_CASE = re.compile(rb"case-(\d+)-")
_AT_ONCE = 48
Script = Callable[[str, bytes], Any]


@dataclass
class Reply:
    """What a client got, and what the provider had been sent for it."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: list[bytes] = field(default_factory=list)

    @property
    def json(self) -> Any:
        """Return the body as JSON; {} for what is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def inspected(self) -> bool:
        """Say whether the guard's rule did something."""
        acted = self.headers.get("x-seawall-actions", "")
        return b'"CTL-OWN"' in self.body or "CTL-OWN" in acted


class Gate:
    """The application, and the answers that its provider gives: one for each case number."""

    def __init__(self, app: Any, key: str) -> None:
        self._app = app
        self._key = key
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self.sent: dict[str, list[bytes]] = defaultdict(list)
        self.answers: dict[int, Any] = {}
        self.usual: Script = lambda path, raw: b"{}"

    async def provide(self, request: web.Request) -> web.StreamResponse:
        """Answer as the provider: the case's answer, or the usual one of the path."""
        raw = await request.read()
        self.sent[request.headers.get("x-seawall-request-id", "")].append(
            f"{request.method} {request.raw_path}\n".encode() + raw
        )
        number = _CASE.search(raw)
        answer = self.answers.get(int(number[1])) if number else None
        if answer is None:
            answer = self.usual(request.path, raw)
        if isinstance(answer, list):
            response = web.StreamResponse(headers={"content-type": "text/event-stream"})
            await response.prepare(request)
            for piece in answer:
                await response.write(piece)
            return response
        if hasattr(answer, "content_type"):
            return web.Response(body=answer.body, content_type=answer.content_type)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return web.Response(body=data, content_type="application/json")

    async def ask(
        self, path: str, body: Any, *, method: str = "POST", content_type: str = "application/json"
    ) -> Reply:
        """Ask the gateway. `body` is JSON, or bytes."""
        async with self._limit:
            return await self._ask(path, body, method, content_type)

    async def _ask(self, path: str, body: Any, method: str, content_type: str) -> Reply:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        gone, pieces = asyncio.Event(), [data]
        reply = Reply(0, {}, b"")
        path, _, query = path.partition("?")

        async def receive() -> dict[str, Any]:
            if pieces:
                return {"type": "http.request", "body": pieces.pop(), "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
            else:
                reply.body += message.get("body", b"")

        headers = {"authorization": f"Bearer {self._key}", "content-type": content_type,
                   "anthropic-version": "2023-06-01"}  # fmt: skip
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": query.encode(), "scheme": "http", "http_version": "1.1",
            "server": ("gate", 80), "client": ("client", 1), "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }  # fmt: skip
        await self._app(scope, receive, send)
        gone.set()
        reply.sent = self.sent.pop(reply.headers.get("x-seawall-request-id", "-"), [])
        return reply


@contextlib.asynccontextmanager
async def gate_of(folder: Path, policy: str = POLICY) -> AsyncIterator[Gate]:
    """Start provider and gateway in this event loop."""
    site = web.Application(client_max_size=1 << 26)
    runner = web.AppRunner(site)
    gates: list[Gate] = []

    async def provide(request: web.Request) -> web.StreamResponse:
        return await gates[0].provide(request)

    site.router.add_route("*", "/{path:.*}", provide)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    port = runner.addresses[0][1]
    decoded = decode_policy(policy.format(upstream=f"http://127.0.0.1:{port}/v1"), "leaks")
    store = open_store(str(folder / "data"))
    audit = AuditLog(store, store.folder / KEY_FILE)
    audit.start()
    engine = GuardEngine(
        decoded.guards, default_unknown=decoded.on_unknown, own_rules=decoded.own,
        read_image=ocr.read_once,
    )  # fmt: skip
    _, key = create_key(store, application="shop", function="chat")
    app = build_app(decoded, store, audit, engine, ENV, Settings(guard_seconds=120))
    gates.append(Gate(app, key))
    try:
        edge = app._edge
        async with edge.router.lifespan_context(edge):
            yield gates[0]
    finally:
        audit.stop()
        await runner.cleanup()


async def all_of(work: Sequence[Any]) -> list[Any]:
    """Return the results of many coroutines, in order."""
    return list(await asyncio.gather(*work))
