"""The provider as a web application: OpenAI's routes, and `/sim/` routes for its operator."""

import json
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from seawall.demo.model import files, hearing, vision
from seawall.demo.model.brain import respond
from seawall.demo.model.context import image_urls, texts, view_of
from seawall.demo.model.ledger import Ledger
from seawall.demo.model.quota import Quota, QuotaSettings
from seawall.demo.model.wire import error, limit_of, streamed, tokens, whole

MODEL = "harbour-sim-1"
REQUEST_ID = "x-seawall-request-id"


class Provider:
    """State of one provider process: ledger, quota, uploaded files. `key` is its API key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.ledger = Ledger()
        self.quota = Quota()
        self.files = files.Files()

    def account(self, request: Request) -> str:
        """Return the caller's account, empty when the key is wrong."""
        presented = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return presented if not self.key or presented == self.key else ""

    def refused(self, request: Request) -> Response | None:
        """Answer 401 unless the key is right."""
        if self.key and not self.account(request):
            return JSONResponse(error("Incorrect API key.", "invalid_api_key"), 401)
        return None

    def short_of(self, request: Request, wanted: float) -> Response | None:
        """Answer 429 when the account's bucket does not hold `wanted` tokens."""
        wait = self.quota.take(self.account(request), wanted)
        if wait <= 0:
            return None
        body = error("The account's quota is used up.", "rate_limit_exceeded", "tokens")
        return JSONResponse(body, 429, headers={"retry-after": str(max(1, round(wait)))})


def _body(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw)
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise TypeError("messages must be a list")
    return body


def _prompt(body: dict[str, Any]) -> str:
    return "\n".join(text for m in body["messages"] for text in texts(m.get("content")))


async def chat(request: Request) -> Response:
    """POST /v1/chat/completions."""
    provider: Provider = request.app.state.provider
    refused = provider.refused(request)
    if refused is not None:
        return refused
    try:
        body = _body(await request.body())
    except (ValueError, TypeError) as problem:
        return JSONResponse(error(f"The body cannot be read: {problem}.", "bad_request"), 400)
    if body.get("model") != MODEL:
        return JSONResponse(error("This model does not exist.", "model_not_found"), 404)
    prompt, user = _prompt(body), str(body.get("user") or "")
    provider.ledger.note("chat", user, request.headers.get(REQUEST_ID, ""))
    short = provider.short_of(request, tokens(prompt) + (limit_of(body) or 256))
    if short is not None:
        return short
    provider.ledger.note_messages(user, body["messages"])
    pictures = [vision.decode_data_url(url) for url in image_urls(body["messages"])]
    seen = [await vision.read_cached(data) for data in pictures if data]
    reply = respond(view_of(body, seen))
    if body.get("stream"):
        return StreamingResponse(streamed(body, reply, prompt), media_type="text/event-stream")
    return JSONResponse(whole(body, reply, prompt))


async def transcribe(request: Request) -> Response:
    """POST /v1/audio/transcriptions (multipart: file, model)."""
    provider: Provider = request.app.state.provider
    refused = provider.refused(request)
    if refused is not None:
        return refused
    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return JSONResponse(error("A file is missing.", "bad_request"), 400)
        data = await file.read()
    provider.ledger.note("audio", "", request.headers.get(REQUEST_ID, ""))
    return JSONResponse({"text": hearing.transcript(data)})


async def models(request: Request) -> Response:
    """GET /v1/models."""
    refused: Response | None = request.app.state.provider.refused(request)
    if refused is not None:
        return refused
    entry = {"id": MODEL, "object": "model", "created": 1_790_000_000, "owned_by": "simulated"}
    return JSONResponse({"object": "list", "data": [entry]})


async def calls(request: Request) -> Response:
    """GET /sim/calls: how many model calls came in, and the request ids they carried."""
    noted = request.app.state.provider.ledger.calls
    body = {"calls": len(noted), "request_ids": [call.request_id for call in noted]}
    return JSONResponse(body)


async def received(request: Request) -> Response:
    """GET /sim/received?user=: the texts that came in for one end user."""
    ledger = request.app.state.provider.ledger
    return JSONResponse({"texts": ledger.received(request.query_params.get("user", ""))})


async def set_quota(request: Request) -> Response:
    """POST /sim/quota {capacity, refill_per_second}: set and fill every account's bucket."""
    try:
        settings = msgspec.json.decode(await request.body(), type=QuotaSettings)
    except msgspec.DecodeError as problem:
        return JSONResponse(error(str(problem), "bad_request"), 400)
    request.app.state.provider.quota.configure(settings)
    return JSONResponse({"ok": True})


async def reset(request: Request) -> Response:
    """POST /sim/reset: forget calls and texts, fill the buckets."""
    provider: Provider = request.app.state.provider
    provider.ledger.reset()
    provider.quota.configure(QuotaSettings())
    return JSONResponse({"ok": True})


async def health(_: Request) -> Response:
    """GET /healthz."""
    return JSONResponse({"ok": True, "model": MODEL, "simulated": True})


def build_provider(key: str = "") -> Starlette:
    """Return the simulated provider. With a key, other keys get 401."""
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/models", models, methods=["GET"]),
            Route("/v1/audio/transcriptions", transcribe, methods=["POST"]),
            Route("/v1/files", files.upload, methods=["POST"]),
            Route("/v1/fine_tuning/jobs", files.create_job, methods=["POST"]),
            Route("/sim/calls", calls, methods=["GET"]),
            Route("/sim/received", received, methods=["GET"]),
            Route("/sim/quota", set_quota, methods=["POST"]),
            Route("/sim/reset", reset, methods=["POST"]),
            Route("/healthz", health, methods=["GET"]),
        ]
    )
    app.state.provider = Provider(key)
    return app
