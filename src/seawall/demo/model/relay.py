"""A relay in front of a real provider: counts calls and keeps the texts that the provider gets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from seawall.demo.model.server import (
    REQUEST_ID,
    Provider,
    _body,
    _prompt,
    calls,
    received,
    reset,
    set_quota,
)
from seawall.demo.model.wire import error, limit_of, tokens

_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)


async def _forward(request: Request, path: str, raw: bytes) -> Response:
    state = request.app.state
    headers = {"content-type": request.headers.get("content-type", "application/json")}
    if state.upstream_key:
        headers["authorization"] = f"Bearer {state.upstream_key}"
    try:
        answer = await state.session.request(
            request.method, state.upstream + path, data=raw or None, headers=headers
        )
    except (aiohttp.ClientError, TimeoutError) as problem:
        body = error(f"The provider cannot be reached: {type(problem).__name__}.", "unreachable")
        return JSONResponse(body, 502)
    kept = {
        name: answer.headers[name]
        for name in ("content-type", "retry-after")
        if name in answer.headers
    }

    async def chunks() -> AsyncIterator[bytes]:
        async with answer:
            async for chunk in answer.content.iter_any():
                yield chunk

    return StreamingResponse(chunks(), answer.status, headers=kept)


async def _chat(request: Request) -> Response:
    provider: Provider = request.app.state.provider
    refused = provider.refused(request)
    if refused is not None:
        return refused
    raw = await request.body()
    try:
        body = _body(raw)
    except (ValueError, TypeError) as problem:
        return JSONResponse(error(f"The body cannot be read: {problem}.", "bad_request"), 400)
    user = str(body.get("user") or "")
    provider.ledger.note("chat", user, request.headers.get(REQUEST_ID, ""))
    short = provider.short_of(request, tokens(_prompt(body)) + (limit_of(body) or 256))
    if short is not None:
        return short
    provider.ledger.note_messages(user, body["messages"])
    return await _forward(request, "/chat/completions", raw)


async def _pass(request: Request) -> Response:
    provider: Provider = request.app.state.provider
    refused = provider.refused(request)
    if refused is not None:
        return refused
    path = request.url.path.removeprefix("/v1")
    if request.method == "POST":
        route = "files" if path == "/files" else "fine-tuning"
        provider.ledger.note(route, "", request.headers.get(REQUEST_ID, ""))
    return await _forward(request, path, await request.body())


async def _health(_: Request) -> Response:
    return JSONResponse({"ok": True, "simulated": False})


@asynccontextmanager
async def _session(app: Starlette) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        app.state.session = session
        yield


def build_relay(upstream: str, key: str, upstream_key: str) -> Starlette:
    """Return a relay to `upstream` (a base URL that ends in /v1). `key` is what callers present."""
    app = Starlette(
        lifespan=_session,
        routes=[
            Route("/v1/chat/completions", _chat, methods=["POST"]),
            Route("/v1/models", _pass, methods=["GET"]),
            Route("/v1/files", _pass, methods=["POST"]),
            Route("/v1/fine_tuning/jobs", _pass, methods=["POST"]),
            Route("/sim/calls", calls, methods=["GET"]),
            Route("/sim/received", received, methods=["GET"]),
            Route("/sim/quota", set_quota, methods=["POST"]),
            Route("/sim/reset", reset, methods=["POST"]),
            Route("/healthz", _health, methods=["GET"]),
        ],
    )
    app.state.provider = Provider(key)
    app.state.upstream = upstream.rstrip("/")
    app.state.upstream_key = upstream_key
    return app
