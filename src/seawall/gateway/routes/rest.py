"""Health checks, and the refusal of everything that is not a route."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seawall.core.errors import MissingPartError, RequestError
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.endpoint import method_not_allowed
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.wire import azure

_ASK_HERE = (
    "It serves /v1/chat/completions, /v1/responses, /v1/completions, /v1/messages, "
    "/v1/messages/count_tokens, /v1/embeddings, /v1/images/generations, /v1/images/edits, "
    "/v1/images/variations, /v1/audio/speech, /v1/audio/transcriptions, "
    "/v1/audio/translations, /v1/models, /v1/files, /v1/vector_stores, /v1/batches, "
    "/v1/fine_tuning/jobs, /v1/moderations, /v1/seawall/acceptance, /v1/seawall/consent and "
    "/guard/v1/check."
)
_ENDS = ("/chat/completions", "/completions", "/embeddings", "/messages/count_tokens", "/messages",
         "/models", "/moderations", "/responses")  # fmt: skip
_READ_ONLY = ("/healthz", "/metrics", "/readyz")
_LATER = "It is planned, and refused until the guard can inspect it."
_HINTS = {
    "assistants": "Use /v1/responses.",
    "audio": "Use POST /v1/audio/speech, transcriptions or translations; voices are not kept here.",
    "batches": "Use POST and GET /v1/batches, with a file of purpose batch.",
    "chat": "Use POST /v1/chat/completions; nothing is stored that could be listed.",
    "containers": "What runs there cannot be inspected; offer function tools instead.",
    "conversations": "Use previous_response_id with /v1/responses.",
    "edits": "Use /v1/chat/completions.",
    "evals": "Use `seawall attack`.",
    "images": "Use POST /v1/images/generations, edits or variations.",
    "messages": f"Use POST /v1/messages. Batches: {_LATER}",
    "realtime": "A live session cannot be held back for the guard; stream /v1/responses. "
    "It is on the roadmap.",
    "responses": "Use POST /v1/responses, or GET and DELETE /v1/responses/{id}.",
    "chatkit": "Use /v1/responses from your own server.",
    "skills": "What a skill makes the provider run cannot be inspected; offer function tools.",
    "threads": "Use /v1/responses.",
    "uploads": "Use POST /v1/files.",
    "vector_stores": "Use /v1/vector_stores; the HTTP reference names its paths.",
    "videos": f"Videos cannot be inspected. {_LATER}",
}


def hint_for(path: str) -> str:
    """Return what to do instead of asking for `path`, which is no route."""
    if path.startswith("/admin/"):
        return "GET /admin/v1/openapi.json names the routes that an admin key may ask."
    if path.startswith(azure.PREFIX):
        return _HINTS.get(azure.area_of(path), azure.HINT)
    tokens = path.split("/")
    area = tokens[2] if path.startswith("/v1/") else ""
    return _HINTS.get(area) or _elsewhere(path) or _ASK_HERE


def _elsewhere(path: str) -> str:
    """Return what a client whose base URL is off by /v1 is to change, "" for other paths."""
    end = next((end for end in _ENDS if path.endswith(end)), "")
    if not end:
        return ""
    return (
        f"The route is /v1{end}: OpenAI's client takes a base_url that ends in /v1, "
        "Anthropic's one without it."
    )


class Nowhere:
    """Refuses every other path by name: what nobody inspects does not pass."""

    surface = "none"
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> None:
        """Raise RequestError 404; 405 where only the method is another."""
        if headers.get(":path") in _READ_ONLY:
            raise method_not_allowed(("GET", "HEAD"))
        raise RequestError(
            "This gateway has no such route.",
            code="unknown_route",
            status=404,
            hint=hint_for(headers.get(":path", "")),
        )

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer | None:
        """Never runs."""
        raise RuntimeError("nothing is read here")


class Health:
    """GET /healthz and /readyz, without a key and without an audit record."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def healthz(self, request: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Say whether requests would be served: records are written, keys and switches known."""
        draining = self._parts.drain.begun
        shared = self._parts.shared
        try:
            switched_off = self._parts.kill.cache.count()
        except MissingPartError:
            switched_off = None  # nobody knows what is switched off, so everything is refused
        healthy = self._parts.audit_log.healthy and switched_off is not None
        ready = healthy and shared.ready and not draining
        body = {
            "status": "draining" if draining else "ready" if ready else "not ready",
            "application": self._parts.policy.application,
            "detectors": list(self._parts.runner.engine.detectors),
            "policy_sha256": self._parts.version.sha256,
            "policy": self._parts.in_force.describe(),
            "switched_off": switched_off,
            **shared.describe(),
        }
        return JSONResponse(body, status_code=200 if ready else 503)
