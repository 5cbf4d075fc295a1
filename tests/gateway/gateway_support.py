"""Real parts: a scripted provider and a gateway on loopback ports, asked with the openai client."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import uvicorn
from places import env_of, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from seawall.gateway.app import build_app
from seawall.gateway.drain import Drain
from seawall.gateway.serve import server_config
from seawall.gateway.settings import Settings
from seawall.guard import ocr
from seawall.guard.engine import GuardEngine
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog
from seawall.store.audit_users import AuditUsers
from seawall.store.chain import KEY_FILE
from seawall.store.db import Store, open_store
from seawall.store.keys import create_key
from seawall.store.kills import KillCache
from seawall.store.verify import records, verify

POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {upstream}
    api_key_env: UPSTREAM_KEY
    timeout_seconds: 1.2
    models:
      small: {{input_per_million: 1, output_per_million: 2, upstream_model: real-small,
        training_per_million: 3}}
      other: {{input_per_million: 1, output_per_million: 2}}
functions:
  chat: {{max_output_tokens: 500}}
  batch: {{models: [other]}}
guards:
  - {{detector: secrets, control: CTL-SECRETS, action: redact, stages: [input, output, document,
      tool-result, tool-call, file, history]}}
  - {{detector: personal-data, control: CTL-PII, action: redact, labels: [payment-card],
      stages: [input]}}
  - {{detector: markdown-exfiltration, control: CTL-EGRESS, action: block, stages: [output]}}
  - {{detector: divergence, control: CTL-DIVERGE, action: block, stages: [input, output]}}
tools:
  rules:
    pay:
      effect: pay
      control: CTL-TOOL-RULES
      arguments: {{to: {{from_trusted: true}}}}
disclosure: {{text: "You talk to an AI system."}}
block_mode: {mode}
"""

ENV = {"UPSTREAM_KEY": "up-secret", "USERS_SECRET": "0123456789abcdef0123456789abcdef"}

Answer = dict[str, Any] | Callable[[dict[str, Any]], Any]


def message(content: str | None = "Hello.", **fields: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-provider", "object": "chat.completion", "created": 1, "model": "real",
        "choices": [{"index": 0, "finish_reason": "tool_calls" if "tool_calls" in fields else
                     "stop", "message": {"role": "assistant", "content": content, **fields}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
    }  # fmt: skip


def chunks(*deltas: dict[str, Any], finish: str | None = "stop", index: int = 0) -> list[str]:
    events = [{"choices": [{"index": index, "delta": delta}]} for delta in deltas]
    if finish:
        events.append({"choices": [{"index": index, "delta": {}, "finish_reason": finish}]})
    return [json.dumps(event) for event in events]


USAGE = json.dumps({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}})


@dataclass
class Provider:
    """A scripted provider: answers with `script`, remembers what it was asked."""

    script: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    auth: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    replies: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event | None = None
    go_on: threading.Event = field(default_factory=threading.Event)
    delay: float = 0.0
    url: str = ""

    def reset(self) -> None:
        self.__init__(url=self.url)  # type: ignore[misc]

    async def chat(self, request: Request) -> Response:
        body = await request.body()
        self.raw.append(body)
        self.seen.append(json.loads(body))
        self.auth.append(request.headers.get("authorization", ""))
        self.asked.append(dict(request.headers) | {":path": request.url.path})
        if self.delay:
            await asyncio.sleep(self.delay)
        script = self.script(self.seen[-1]) if callable(self.script) else self.script
        if isinstance(script, list):
            return StreamingResponse(self._stream(script), media_type="text/event-stream")
        data = script if isinstance(script, bytes) else json.dumps(script or message()).encode()
        return Response(data, self.status, {"content-type": "application/json", **self.headers})

    async def _stream(self, script: list[Any]) -> Any:
        try:
            for item in script:
                if isinstance(item, float):
                    await asyncio.sleep(item)
                elif isinstance(item, threading.Event):
                    while not item.is_set():  # noqa: ASYNC110 - set in another thread
                        await asyncio.sleep(0.02)
                elif isinstance(item, bytes):
                    yield item
                else:
                    yield f"data: {item}\n\n".encode()
        except BaseException:
            self.cancelled.set()
            raise

    async def _held(self) -> None:
        """Answer once a test lets it, if it has asked for that."""
        if self.answered is not None:
            self.answered.set()
            await asyncio.to_thread(self.go_on.wait, 10)

    async def embeddings(self, request: Request) -> Response:
        self.seen.append(await request.json())
        data = json.dumps(self.script(self.seen[-1])).encode()
        return Response(data, self.status, {"content-type": "application/json"})

    async def media(self, request: Request) -> Response:
        """Pictures and sound: remembers JSON, or the form's fields and files."""
        if request.headers["content-type"].startswith("multipart/"):
            form = await request.form()
            fields: dict[str, Any] = {}
            for name, item in form.multi_items():
                if not isinstance(item, str):
                    self.uploads.append(await item.read())
                    item = item.filename or ""
                fields.setdefault(name, []).append(item)
            self.seen.append(fields)
        else:
            self.seen.append(await request.json())
        if isinstance(self.script, bytes):
            return Response(self.script, self.status, media_type="audio/mpeg")
        return Response(json.dumps(self.script), self.status, media_type="application/json")

    async def files(self, request: Request) -> Response:
        form = await request.form()
        upload: Any = form["file"]
        self.uploads.append(await upload.read())
        await self._held()
        return Response(json.dumps({"id": f"file-{len(self.uploads)}", "object": "file",
                                    "created_at": 3, "status": "processed"}))  # fmt: skip

    async def kept(self, request: Request) -> Response:
        """Whatever a provider keeps: answers with `replies` by "METHOD path"."""
        body = await request.body()
        name = f"{request.method} {request.url.path.removeprefix('/v1')}"
        self.calls.append((name, request.url.query, json.loads(body) if body else None))
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._held()
        reply = self.replies.get(name)
        if reply is None:
            return Response(b"{}", 404)
        return Response(reply if isinstance(reply, bytes) else json.dumps(reply))

    async def jobs(self, request: Request) -> Response:
        self.seen.append(await request.json())
        if self.delay:
            await asyncio.sleep(self.delay)
        status = self.replies.get("POST /fine_tuning/jobs", 200)
        job = {"id": "ftjob-1", "status": "queued", "created_at": 4}
        return Response(json.dumps(job), status)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1beta/openai/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/embeddings", self.embeddings, methods=["POST"]),
                Route("/v1/messages", self.chat, methods=["POST"]),
                Route("/v1/responses", self.chat, methods=["POST"]),
                Route("/v1/images/{kind}", self.media, methods=["POST"]),
                Route("/v1/audio/{kind}", self.media, methods=["POST"]),
                Route("/v1/files", self.files, methods=["POST"]),
                Route("/v1/fine_tuning/jobs", self.jobs, methods=["POST"]),
                Route("/v1/{path:path}", self.kept, methods=["GET", "POST", "DELETE"]),
            ]
        )


@contextlib.contextmanager
def running(config: uvicorn.Config) -> Iterator[int]:
    """Run a server in a thread on a free port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    assert server.started
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        listener.close()


@dataclass
class Gateway:
    """A running gateway with what a test wants to look at."""

    url: str
    port: int
    key: str
    keys: dict[str, str]
    store: Store
    audit: AuditLog
    policy: Policy
    provider: Provider
    kills: KillCache
    drain: Drain

    def client(self, key: str | None = None, **options: Any) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=self.url, api_key=key or self.key, max_retries=0, timeout=10, **options
        )

    def records(self, request_id: str | None = None) -> list[dict[str, Any]]:
        bodies = [record.body for record in records(self.store, limit=1_000_000)]
        return [b for b in bodies if request_id in (None, b["request_id"])]

    def exchanges(self) -> list[dict[str, Any]]:
        """Return the records of requests: changes are recorded whenever the recorder comes by."""
        return [body for body in self.records() if body["event"] == "request"]

    def name(self, user: str) -> str:
        """Return the name that records give an end user."""
        name = AuditUsers(self.store).find(user)
        assert name and user not in name
        return name

    def record(self, request_id: str) -> dict[str, Any]:
        """Return the last record of a request; it must exist when the answer is there."""
        found = self.records(request_id)
        assert found, "an answered request has no audit record"
        return found[-1]


@contextlib.contextmanager
def gateway_of(
    policy: Policy,
    provider: Provider,
    folder: Path,
    settings: Settings | None = None,
    env: dict[str, str] | None = None,
    reads_images: bool = False,
) -> Iterator[Gateway]:
    """Start a gateway with real guard, store and audit log; the audit log must verify after."""
    settings = settings or Settings(drain_seconds=2)
    with serving(folder / "data"):
        yield from _serve(policy, provider, folder / "data", settings, env or {}, reads_images)


def _serve(
    policy: Policy, provider: Provider, data: Path, settings: Settings, env: dict[str, str],
    reads_images: bool,
) -> Iterator[Gateway]:  # fmt: skip
    store = open_store(str(data))
    audit = AuditLog(store, store.folder / KEY_FILE)
    audit.start()
    engine = GuardEngine(
        policy.guards, default_unknown=policy.on_unknown, own_rules=policy.own,
        read_image=ocr.read_once if reads_images else None,
    )  # fmt: skip
    keys = {
        name: create_key(store, application=policy.application, function=name)[1]
        for name in policy.functions
    }
    keys["chat-only"] = create_key(store, application="shop", function="chat", scopes=("chat",))[1]
    keys["stranger"] = create_key(store, application="other", function="chat")[1]
    app = build_app(policy, store, audit, engine, {**ENV, **env_of(data), **env}, settings)
    app.parts.in_force.reload = lambda actor: app.parts.version
    app.parts.in_force.publish = lambda actor, text: app.parts.version
    try:
        with running(server_config(app, settings)) as port:
            yield Gateway(
                url=f"http://127.0.0.1:{port}/v1", port=port, key=keys["chat"], keys=keys,
                store=store, audit=audit, policy=policy, provider=provider, kills=app.state.kills,
                drain=app.state.drain,
            )  # fmt: skip
    finally:
        audit.stop()
    report = verify(store)
    store.close()
    assert report.ok, report.problems


def make_policy(provider: Provider, mode: str = "error", extra: str = "") -> Policy:
    return decode_policy(POLICY.format(upstream=provider.url, mode=mode) + extra, "test")
